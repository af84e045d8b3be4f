/** Tests of the program and of the examples. */
@NullMarked
package dev.nomoat.examples;

import org.jspecify.annotations.NullMarked;
