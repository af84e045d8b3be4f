/** Measures choosing the next token. */
@NullMarked
package dev.nomoat.benchmarks.sample;

import org.jspecify.annotations.NullMarked;
