/**
 * From a file's tensors to logits: what a model is ({@link dev.nomoat.model.ModelConfig}), its
 * weights packed for the kernels ({@link dev.nomoat.model.Weights}), and the graph that evaluates a
 * batch of tokens ({@link dev.nomoat.model.Decoder}).
 *
 * <p>A family of models is a small class that reads the configuration from the file's metadata and
 * names the tensors; all families share one decoder block.
 */
@NullMarked
package dev.nomoat.model;

import org.jspecify.annotations.NullMarked;
