package dev.nomoat.model;

import java.util.List;
import java.util.Set;

/**
 * Tokens that model files do not describe well enough, known by their text: what ends an answer,
 * and what marks the parts of a text to fill in.
 *
 * <p>The lists are those of llama.cpp's {@code llama-vocab.cpp}, so that models end their answers
 * here where they do there.
 */
final class WellKnownTokens {
  private static final Set<String> END_OF_GENERATION =
      Set.of(
          "</s>",
          "<|im_end|>",
          "<|eot_id|>",
          "<|eom_id|>",
          "<|end_of_text|>",
          "<|endoftext|>",
          "<end_of_turn>",
          "<|end|>",
          "<|return|>",
          "<|call|>",
          "<|calls|>",
          "<|flush|>",
          "<EOT>",
          "_<EOT>",
          "[EOT]",
          "[EOS]",
          "<end_of_utterance>",
          "<eos>",
          "<turn|>",
          "<|tool_response>",
          "<｜end▁of▁sentence｜>",
          "[e~[");

  // A model that fills in code and writes one of the next three has left the place it was to fill.
  static final List<String> FILL_IN_PAD =
      List.of("<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]");

  static final List<String> FILL_IN_REPOSITORY =
      List.of("<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>");
  static final List<String> FILL_IN_SEPARATOR = List.of("<|file_sep|>");

  private static final Set<String> FILL_IN =
      Set.of(
          "<|fim_prefix|>",
          "<fim-prefix>",
          "<fim_prefix>",
          "<｜fim▁begin｜>",
          "<PRE>",
          "▁<PRE>",
          "<|code_prefix|>",
          "<|prefix|>",
          "<|fim_suffix|>",
          "<fim-suffix>",
          "<fim_suffix>",
          "<｜fim▁hole｜>",
          "<SUF>",
          "▁<SUF>",
          "<|code_suffix|>",
          "<|suffix|>",
          "<|fim_middle|>",
          "<fim-middle>",
          "<fim_middle>",
          "<｜fim▁end｜>",
          "<MID>",
          "▁<MID>",
          "<|code_middle|>",
          "<|middle|>");

  private WellKnownTokens() {}

  /** Whether a token of this text ends an answer. */
  static boolean endsGeneration(String text) {
    return END_OF_GENERATION.contains(text);
  }

  /** Whether a token of this text is a control token, whatever the file says. */
  static boolean isControl(String text) {
    return END_OF_GENERATION.contains(text)
        || FILL_IN.contains(text)
        || FILL_IN_PAD.contains(text)
        || FILL_IN_REPOSITORY.contains(text)
        || FILL_IN_SEPARATOR.contains(text);
  }
}
