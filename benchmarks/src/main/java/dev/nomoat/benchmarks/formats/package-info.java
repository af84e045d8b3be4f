/** What the number formats of weights cost, and how good they are. */
@NullMarked
package dev.nomoat.benchmarks.formats;

import org.jspecify.annotations.NullMarked;
