/**
 * Reads safetensors files, the container in which models are published on Hugging Face.
 *
 * <p>A safetensors file is the length of its header, the header, which is a JSON object that
 * describes each tensor, and the tensors' bytes, one tensor after the other. {@link
 * dev.nomoat.file.safetensors.SafetensorsFile} opens one file, or the set of files that a large
 * model is divided into, which an index names.
 *
 * <p><b>Trust.</b> A model file is input from a stranger. Opening one checks every length, offset
 * and product against the bytes that there are before anything is allocated for it, and that the
 * tensors cover the data without gaps and overlaps, so that a hostile file costs at most a small
 * multiple of its header and ends in a {@link dev.nomoat.ModelFormatException}. An index cannot
 * name files outside its own folder. What the numbers mean to a model is for the caller to check.
 *
 * <p><b>Strictness.</b> The reference implementation takes some headers that the format does not
 * allow or describe. They are refused here: names that are there twice, space before the header,
 * members of a description that the format does not have, descriptions that are arrays, metadata
 * that are null, and more than {@value
 * dev.nomoat.file.safetensors.SafetensorsTensor#MAX_DIMENSIONS} dimensions.
 *
 * <p><b>Memory.</b> Descriptions are copied to the heap and stay valid whatever becomes of the
 * file. Tensor bytes stay in the file until {@link
 * dev.nomoat.file.safetensors.SafetensorsFile#read} copies them; nothing is mapped, so shortening
 * the file meanwhile is an exception and never a crash.
 *
 * <p>Source of the layout: the <a
 * href="https://github.com/huggingface/safetensors#format">safetensors format</a>; of the index: <a
 * href="https://huggingface.co/docs/huggingface_hub/package_reference/serialization">Hugging Face
 * Hub serialization</a>.
 */
@NullMarked
package dev.nomoat.file.safetensors;

import org.jspecify.annotations.NullMarked;
