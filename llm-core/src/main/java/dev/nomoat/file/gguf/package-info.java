/**
 * Reads and writes GGUF files, the container that most open models for local use are published in.
 *
 * <p>A GGUF file is a little-endian header, a list of typed key-value pairs, a list of tensor
 * descriptions, and the tensors' bytes, each starting at a multiple of the file's alignment. {@link
 * dev.nomoat.file.gguf.GgufFile} opens one file, or a set of files that a large model was split
 * into; {@link dev.nomoat.file.gguf.GgufWriter} writes one file.
 *
 * <p><b>Trust.</b> A model file is input from a stranger. Opening one checks every count, length,
 * offset, and product against the bytes that are left before anything is allocated for it, so a
 * hostile file costs at most a small multiple of its own size and ends in a {@link
 * dev.nomoat.ModelFormatException}. What the numbers mean to a model, such as a head count that
 * divides the width, is for the caller to check.
 *
 * <p><b>Memory.</b> The header is copied to the heap in compact form, so metadata stay valid
 * whatever becomes of the file. Tensor bytes stay in the file: {@link
 * dev.nomoat.file.gguf.GgufFile#data} lends a view of the mapped file, and {@link
 * dev.nomoat.file.gguf.GgufFile#read} copies. Only the copy is safe when someone shortens the file
 * meanwhile.
 *
 * <p><b>Order of dimensions.</b> GGUF lists the dimensions of a tensor innermost first; everything
 * in this package lists them outermost first, {@code [rows, cols]}.
 *
 * <p>Source of the layout: the <a
 * href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">GGUF specification</a>.
 */
@NullMarked
package dev.nomoat.file.gguf;

import org.jspecify.annotations.NullMarked;
