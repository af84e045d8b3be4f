/**
 * What a model is loaded from: settings, tensors, tokenizer and chat template, named as GGUF names
 * them, wherever they lie.
 */
@NullMarked
package dev.nomoat.model.source;

import org.jspecify.annotations.NullMarked;
