/**
 * The families of models: for each architecture one small class that sets switches of {@link
 * dev.nomoat.model.ModelConfig}, listed in {@link dev.nomoat.model.family.Families}.
 */
@NullMarked
package dev.nomoat.model.family;

import org.jspecify.annotations.NullMarked;
