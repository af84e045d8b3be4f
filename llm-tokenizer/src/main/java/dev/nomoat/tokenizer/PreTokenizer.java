package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.pretokenize.Cl100kSplitter;
import dev.nomoat.tokenizer.pretokenize.Gpt2Splitter;
import dev.nomoat.tokenizer.pretokenize.Splitter;
import java.util.Optional;
import java.util.Set;

/**
 * How byte-level BPE splits text into the pieces that merges never cross.
 *
 * <p>A constant goes by several names in model files, because models that split alike are told
 * apart there.
 */
public enum PreTokenizer {
  /**
   * Words, numbers and other runs with the space before them. {@code 's|'t|'re|'ve|'m|'ll|'d|
   * ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+}
   */
  GPT2,

  /**
   * As {@link #QWEN2}, but with digits in groups of three. {@code
   * (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+| \p{N}{1,3}|
   * ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+}
   */
  LLAMA_BPE,

  /**
   * Words with one character before them, single digits, newlines together. {@code
   * (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|
   * ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+}
   */
  QWEN2;

  /**
   * The pre-tokenizer that model files know by a name.
   *
   * @param name such as {@code qwen2}
   * @return the pre-tokenizer, or nothing if there is none of this name here
   */
  public static Optional<PreTokenizer> named(String name) {
    for (PreTokenizer preTokenizer : values()) {
      if (preTokenizer.names().contains(name)) {
        return Optional.of(preTokenizer);
      }
    }
    return Optional.empty();
  }

  /**
   * The names by which model files know this pre-tokenizer.
   *
   * @return all of them, immutable
   */
  public Set<String> names() {
    return switch (this) {
      case GPT2 ->
          Set.of(
              "gpt-2",
              "phi-2",
              "gigachat",
              "a.x-4.0",
              "mellum",
              "exaone4",
              "olmo",
              "mpt",
              "jais",
              "trillion",
              "granite-docling");
      case LLAMA_BPE ->
          Set.of(
              "llama-bpe",
              "llama3",
              "llama-v3",
              "falcon3",
              "falcon-h1",
              "pixtral",
              "midm-2.0",
              "lfm2",
              "jina-v5-nano");
      case QWEN2 ->
          Set.of(
              "qwen2",
              "deepseek-r1-qwen",
              "megrez",
              "kormo",
              "f2llmv2",
              "stablelm2",
              "hunyuan",
              "solar-open",
              "grok-2");
    };
  }

  Splitter splitter() {
    return switch (this) {
      case GPT2 -> new Gpt2Splitter();
      case LLAMA_BPE -> new Cl100kSplitter(3);
      case QWEN2 -> new Cl100kSplitter(1);
    };
  }
}
