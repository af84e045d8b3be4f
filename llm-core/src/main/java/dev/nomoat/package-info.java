/** Loads open language models and generates text with them. */
@NullMarked
package dev.nomoat;

import org.jspecify.annotations.NullMarked;
