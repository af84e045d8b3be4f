package dev.nomoat.model.family;

import dev.nomoat.Pooling;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.model.Activation;
import dev.nomoat.model.ModelConfig;
import dev.nomoat.model.ModelConfig.Classifier;
import dev.nomoat.model.ModelConfig.Part;
import dev.nomoat.model.huggingface.ReorderedTensor;
import dev.nomoat.model.huggingface.SettingNames;
import dev.nomoat.model.huggingface.Translation;
import java.util.List;
import java.util.Optional;

/** BERT, RoBERTa, XLM-RoBERTa: an encoder that normalises sums, with learned positions. */
final class Bert implements Family {
  /** A layer that the reference has, and that no sentence embedding goes through. */
  private static final String POOLER = "(?:bert\\.|roberta\\.)?pooler\\..*";

  @Override
  public ModelConfig config(DecoderBuilder decoder, Settings settings) {
    return decoder
        .encoder()
        .noRope()
        .sumNorms()
        .with(Part.POSITIONS)
        .with(Part.QKV_BIAS)
        .activation(Activation.GELU)
        .gated(false)
        .classifier(() -> classifier(decoder, settings))
        .build();
  }

  /** That of RoBERTa: other heads are not told apart from it by what a file holds of them. */
  private static Classifier classifier(DecoderBuilder decoder, Settings settings) {
    if (!decoder.has("cls.weight")) {
      throw settings.unsupported("a classification head without the layer that pools");
    }
    if (!decoder.has("token_types.weight")) {
      throw settings.unsupported("the classification head of DistilBERT");
    }
    int separators = settings.isWordPiece() ? 1 : 2;
    return new Classifier(
        Pooling.CLS, Activation.TANH, settings.labels(), false, separators, Optional.empty());
  }

  @Override
  public void translate(Translation from) {
    SettingNames settings = from.encoder().settings();
    settings.require("is_decoder", false);
    String positions = settings.text("position_embedding_type", "absolute");
    if (!positions.equals("absolute")) {
      throw settings.unsupported("position_embedding_type " + positions);
    }
    if (from.classifies()) {
      settings.labels();
    }
    switch (from.modelType()) {
      case "bert" -> translateBert(from);
      case "distilbert" -> translateDistilBert(from);
      default -> translateRoberta(from);
    }
  }

  private static void translateBert(Translation from) {
    // the layer that pools was trained with the head
    if (from.classifies()) {
      if (from.settings().count("type_vocab_size", 2) > 1) {
        throw from.settings().unsupported("a classification head that reads types of tokens");
      }
      from.tensors().outside("bert.pooler.dense", "cls").outside("classifier", "cls.output");
    } else {
      from.tensors().without(POOLER);
    }
    from.settings().putWhole("tokenizer.ggml.model", GgufValue.text("bert"));
    translateNames(from);
  }

  private static void translateRoberta(Translation from) {
    SettingNames settings = from.settings();
    // positions are counted from behind that of padding
    int first = settings.count("pad_token_id", 1) + 1;
    int length = settings.count("max_position_embeddings", 512);
    if (length <= first) {
      throw settings.fault("max_position_embeddings", "more than " + first);
    }
    settings.put("context_length", GgufValue.uint32(length - first));
    from.tensors()
        .without(POOLER)
        .change(
            "position_embd.weight",
            all -> ReorderedTensor.rows(all, all.rows() - first, row -> row + first))
        .outside("classifier.dense", "cls")
        .outside("classifier.out_proj", "cls.output");
    translateNames(from);
  }

  private static void translateNames(Translation from) {
    from.settings()
        .fallback("layer_norm_eps", 1e-12)
        .putWhole(
            "tokenizer.ggml.token_type_count",
            GgufValue.uint32(from.settings().count("type_vocab_size", 2)));
    from.tensors().without("cls\\..*");
    for (String prefix : List.of("", "bert.", "roberta.")) {
      translateEmbeddings(from, prefix);
    }
    from.tensors()
        .block("attention.self.query", "attn_q")
        .block("attention.self.key", "attn_k")
        .block("attention.self.value", "attn_v")
        .block("attention.output.dense", "attn_output")
        .block("attention.output.LayerNorm", "attn_output_norm")
        .block("intermediate.dense", "ffn_up")
        .block("output.dense", "ffn_down")
        .block("output.LayerNorm", "layer_output_norm");
  }

  private static void translateEmbeddings(Translation from, String prefix) {
    from.tensors()
        .outside(prefix + "embeddings.word_embeddings", "token_embd")
        .outside(prefix + "embeddings.position_embeddings", "position_embd")
        .outside(prefix + "embeddings.token_type_embeddings", "token_types")
        .outside(prefix + "embeddings.LayerNorm", "token_embd_norm");
  }

  private static void translateDistilBert(Translation from) {
    from.settings()
        .copy("embedding_length", "dim", 768)
        .copy("block_count", "n_layers", 6)
        .copy("attention.head_count", "n_heads", 12)
        .copy("feed_forward_length", "hidden_dim", 3072)
        .put("attention.layer_norm_epsilon", GgufValue.float64(1e-12))
        .putWhole("tokenizer.ggml.token_type_count", GgufValue.uint32(1))
        .putWhole("tokenizer.ggml.model", GgufValue.text("bert"));
    from.tensors().without("vocab_.*");
    for (String prefix : List.of("", "distilbert.")) {
      translateEmbeddings(from, prefix);
    }
    from.tensors()
        .block("attention.q_lin", "attn_q")
        .block("attention.k_lin", "attn_k")
        .block("attention.v_lin", "attn_v")
        .block("attention.out_lin", "attn_output")
        .block("sa_layer_norm", "attn_output_norm")
        .block("ffn.lin1", "ffn_up")
        .block("ffn.lin2", "ffn_down")
        .block("output_layer_norm", "layer_output_norm");
  }
}
