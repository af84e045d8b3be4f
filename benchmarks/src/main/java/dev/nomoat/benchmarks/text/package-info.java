/** Measures the way from text to token ids and back. */
@NullMarked
package dev.nomoat.benchmarks.text;

import org.jspecify.annotations.NullMarked;
