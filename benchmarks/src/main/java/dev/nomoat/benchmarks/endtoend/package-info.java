/** Measures whole programs side by side. */
@NullMarked
package dev.nomoat.benchmarks.endtoend;

import org.jspecify.annotations.NullMarked;
