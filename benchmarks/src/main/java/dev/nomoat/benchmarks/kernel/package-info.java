/** Measures single kernels. */
@NullMarked
package dev.nomoat.benchmarks.kernel;

import org.jspecify.annotations.NullMarked;
