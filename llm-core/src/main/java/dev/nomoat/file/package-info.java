/** What the readers of model files share: files that are open, and text in them. Not exported. */
@NullMarked
package dev.nomoat.file;

import org.jspecify.annotations.NullMarked;
