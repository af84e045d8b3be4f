/**
 * Model files into other model files: other number formats, other containers, other cuts.
 *
 * <p>{@link dev.nomoat.convert.ModelConverter} makes a GGUF file of a Hugging Face folder, with
 * weights, settings and tokenizer in the words of GGUF, so that the file gives the bits that the
 * folder gives. A {@code tokenizer.json} is a chain of steps of any kind, where GGUF has a few
 * kinds of tokenizers and names for ways of splitting text: so what was written is read again and
 * compared with the folder's tokenizer, and refused when texts become other tokens.
 *
 * <p>{@link dev.nomoat.convert.ModelQuantizer} writes a GGUF file with fewer bits per weight,
 * {@link dev.nomoat.convert.GgufSets} splits a file into a set and merges it again, and {@link
 * dev.nomoat.convert.ModelDiff} tells where two models differ. How good the result is, {@link
 * dev.nomoat.measure} tells.
 *
 * <p><b>Safety.</b> Inputs are opened for reading only, and an output that is one of them is
 * refused. An output appears under its name complete or not at all: bytes go to a temporary file
 * beside it, which is removed when anything fails. What is read comes from strangers, and is
 * checked as {@link dev.nomoat.file.gguf.GgufFile} says.
 *
 * <p><b>Memory.</b> Tensors are taken some rows at a time, so that the size of a model does not
 * matter.
 */
@NullMarked
package dev.nomoat.convert;

import org.jspecify.annotations.NullMarked;
