package dev.nomoat.model.family;

import dev.nomoat.model.Temperature;
import java.util.Optional;

/** Reads how scores grow with the position. */
record Temperatures(Settings settings) {
  private static final String SCALE = "attention.temperature_scale";

  /** That of files that say so; the length is in a setting of this name. */
  Optional<Temperature> read(String length) {
    float scale = settings.bound(SCALE);
    return scale == 0
        ? Optional.empty()
        : Optional.of(new Temperature(scale, settings.positive(length, Integer.MAX_VALUE), 0));
  }

  /** That of files that need not say so, where positions are counted from 1. */
  Temperature orElse(double scale, int length) {
    return new Temperature(
        settings.number(SCALE, scale),
        settings.positive("attention.temperature_length", length, Integer.MAX_VALUE),
        1);
  }
}
