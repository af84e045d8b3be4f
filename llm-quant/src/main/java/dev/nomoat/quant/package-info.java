/** Block formats of quantised numbers, and fast products with them. */
@NullMarked
package dev.nomoat.quant;

import org.jspecify.annotations.NullMarked;
