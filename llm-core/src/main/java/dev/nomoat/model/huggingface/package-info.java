/**
 * Models in Hugging Face folders: {@code config.json} and safetensors, told in the words of GGUF.
 *
 * <p>{@link dev.nomoat.model.huggingface.HuggingFaceFolder} opens a folder, a {@link
 * dev.nomoat.model.huggingface.Translation} gives settings and tensors the names that GGUF has for
 * them, and the classes named {@code …Tensor} put rows and numbers in the order of GGUF while they
 * are read, so that a model gives the same bits from either container.
 */
@NullMarked
package dev.nomoat.model.huggingface;

import org.jspecify.annotations.NullMarked;
