package dev.nomoat;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Thrown when a model needs a feature that is not implemented, although nothing is known to be
 * wrong with its files.
 *
 * <p>A file that contradicts its own format is reported as {@link ModelFormatException} instead.
 */
public final class UnsupportedModelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final long NOWHERE = -1;

  /** What is missing. */
  private final String feature;

  /**
   * The file that needs the feature. A path cannot be serialised, so neither can this exception.
   */
  @SuppressWarnings("serial")
  private final @Nullable Path file;

  /** Where the file asks for the feature, or {@link #NOWHERE}. */
  private final long offset;

  /**
   * Reports a feature that cannot be traced to one place in a file.
   *
   * @param feature what is missing, as a short noun phrase such as {@code "architecture rwkv6"}
   * @param detail what the model wants it for, or what would be accepted instead
   */
  public UnsupportedModelException(String feature, String detail) {
    super("unsupported: " + Objects.requireNonNull(feature, "feature") + ": " + detail);
    this.feature = feature;
    this.file = null;
    this.offset = NOWHERE;
  }

  /**
   * Reports a feature that a place in a file asks for.
   *
   * @param file the file that needs the feature
   * @param offset where it says so, in bytes from the start of the file
   * @param feature what is missing, as a short noun phrase such as {@code "tensor type Q4_2"}
   * @param detail what the model wants it for, or what would be accepted instead
   */
  public UnsupportedModelException(Path file, long offset, String feature, String detail) {
    super(
        Objects.requireNonNull(file, "file")
            + ": at byte "
            + offset
            + ": unsupported: "
            + Objects.requireNonNull(feature, "feature")
            + ": "
            + detail);
    this.feature = feature;
    this.file = file;
    this.offset = offset;
  }

  /**
   * What is missing.
   *
   * @return a short noun phrase
   */
  public String feature() {
    return feature;
  }

  /**
   * The file that needs the feature.
   *
   * @return its path, or empty if no single file is to blame
   */
  public Optional<Path> file() {
    return Optional.ofNullable(file);
  }

  /**
   * Where the file asks for the feature.
   *
   * @return bytes from the start of {@link #file()}, or empty if there is no such place
   */
  public OptionalLong offset() {
    return offset == NOWHERE ? OptionalLong.empty() : OptionalLong.of(offset);
  }
}
