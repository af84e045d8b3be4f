package dev.nomoat.convert;

import java.util.List;

/** What a matrix does in its model, as far as the choice of its format depends on that. */
enum TensorRole {
  /** Computes the values that attention mixes, alone or with queries and keys. */
  VALUE,
  KEY,
  /** Writes what attention found into the stream. */
  ATTENTION_OUTPUT,
  /** Writes what a feed-forward network found into the stream. */
  DOWN,
  EMBEDDING,
  /** The output head, or embeddings that are the head as well. */
  HEAD,
  OTHER,
  /** Too small, or too important, to be quantised. */
  KEPT;

  private static final List<String> KEPT_NAMES =
      List.of(
          "_norm.weight",
          // choose experts
          "ffn_gate_inp.weight",
          "altup",
          "laurel",
          "per_layer_model_proj",
          "position_embd.weight",
          "token_types.weight",
          "ssm_conv1d",
          "shortconv.conv.weight",
          "attn_rel_b.weight");

  /**
   * The role of a tensor.
   *
   * @param name its name
   * @param dimensions how many it has, ones on the outside not counted
   * @param tied whether the embeddings are the output head
   */
  static TensorRole of(String name, int dimensions, boolean tied) {
    if (dimensions < 2 || !name.endsWith("weight") || any(name, KEPT_NAMES)) {
      return KEPT;
    }
    if (name.equals("output.weight")) {
      return HEAD;
    }
    if (name.equals("token_embd.weight") || name.equals("per_layer_token_embd.weight")) {
      return tied ? HEAD : EMBEDDING;
    }
    if (any(name, List.of("attn_v.weight", "attn_qkv.weight", "attn_kv_b.weight"))) {
      return VALUE;
    }
    if (name.contains("attn_k.weight")) {
      return KEY;
    }
    if (name.contains("attn_output.weight")) {
      return ATTENTION_OUTPUT;
    }
    return name.contains("ffn_down") ? DOWN : OTHER;
  }

  private static boolean any(String name, List<String> parts) {
    return parts.stream().anyMatch(name::contains);
  }
}
