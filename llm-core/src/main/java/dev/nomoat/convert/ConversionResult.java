package dev.nomoat.convert;

import java.nio.file.Path;

/**
 * What a conversion has written.
 *
 * @param file the new file
 * @param tensors how many tensors it holds
 * @param bytes its size
 */
public record ConversionResult(Path file, int tensors, long bytes) {}
