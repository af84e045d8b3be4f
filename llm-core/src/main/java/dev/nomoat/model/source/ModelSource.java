package dev.nomoat.model.source;

import dev.nomoat.ModelFormatException;
import dev.nomoat.SamplingOptions;
import dev.nomoat.TensorInfo;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.file.gguf.GgufMetadata;
import dev.nomoat.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An open model on disk. Thread-safe; it owns the open files. */
public interface ModelSource extends AutoCloseable {
  /**
   * The settings, by the keys that GGUF has for them.
   *
   * @return the settings, valid after close too
   */
  GgufMetadata settings();

  /**
   * Everything that the files say of the model, as text, for people to read.
   *
   * @return values by the names that the files have for them, in their order
   */
  Map<String, String> description();

  /**
   * The tensors for people to read: as the files keep them, where that can be said in our words.
   *
   * @return their descriptions, in the order of the files
   */
  List<TensorInfo> inventory();

  /**
   * All tensors, in the order of the files.
   *
   * @return the tensors; they can be read until close
   */
  List<SourceTensor> tensors();

  /**
   * Finds a tensor.
   *
   * @param name its name
   * @return the tensor, or empty if there is none of this name
   */
  Optional<SourceTensor> tensor(String name);

  /**
   * Finds a tensor that must be there.
   *
   * @param name its name
   * @return the tensor
   * @throws ModelFormatException if there is none of this name
   */
  SourceTensor requireTensor(String name);

  /**
   * The files that hold the model's tensors.
   *
   * @return their paths
   */
  List<Path> files();

  /**
   * What the model was loaded from, as the user gave it.
   *
   * @return a file or a folder
   */
  Path path();

  /**
   * Reads the tokenizer.
   *
   * @return the tokenizer, which does not need the source any more
   * @throws ModelFormatException if it contradicts itself
   * @throws UnsupportedModelException if it is of a kind that is not supported
   * @throws IOException if reading fails
   */
  Tokenizer tokenizer() throws IOException;

  /**
   * The template for conversations.
   *
   * @return the template, when the model has one
   */
  Optional<String> chatTemplate();

  /**
   * How tokens are chosen unless a caller wants it otherwise.
   *
   * @return what the files recommend, or {@link SamplingOptions#defaults()}
   * @throws ModelFormatException if a number is outside its range
   * @throws IOException if reading fails
   */
  SamplingOptions sampling() throws IOException;

  @Override
  void close() throws IOException;
}
