package dev.nomoat.model.huggingface;

import dev.nomoat.ModelFormatException;
import dev.nomoat.UnsupportedModelException;
import dev.nomoat.file.Utf8;
import dev.nomoat.model.source.SourceTensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Gives the tensors of a Hugging Face folder the names, shapes and orders of GGUF. What most models
 * have is known here; a family adds what it has of its own. A tensor without a name in GGUF is
 * refused.
 */
public final class TensorNames {
  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";

  /** In front of the number of a block. */
  private static final Pattern BLOCK =
      Pattern.compile(
          "(?:(?:model\\.)?backbone\\.|model\\.|(?:distilbert\\.)?transformer\\.|gpt_neox\\."
              + "|(?:bert\\.|roberta\\.)?encoder\\.)?"
              + "(?:layers?|h)\\.(\\d{1,6})\\.(.+)");

  /** One of several modules that become one tensor: experts, norms of heads, of streams. */
  private static final Pattern MEMBER =
      Pattern.compile("(.*(?:experts|norms|projections))\\.(\\d{1,6})\\.(.+)");

  /** Of other parts of a larger model. */
  private static final Pattern OTHER_PART =
      Pattern.compile(
          "(?:model\\.)?(?:(?:vision_tower|vision_model|visual|vision_encoder|vision_embed_tokens"
              + "|multi_modal_projector|mm_projector|patch_merger|connector|audio_tower"
              + "|embed_vision|embed_audio)\\..*|image_newline)");

  /** What follows from the configuration, and older tools stored all the same. */
  private static final Pattern REDUNDANT =
      Pattern.compile(
          ".*\\.(?:rotary_emb\\.inv_freq|attn\\.bias|attn\\.masked_bias|attention\\.bias"
              + "|attention\\.masked_bias)");

  private final HuggingFaceFolder folder;
  private final Slabs slabs = new Slabs();
  private final Map<String, String> outside = new HashMap<>();
  private final Map<String, String> inside = new HashMap<>();
  private final Map<String, List<Part>> parts = new HashMap<>();
  private final Map<String, UnaryOperator<SourceTensor>> changes = new HashMap<>();
  private final List<Pattern> without = new ArrayList<>();
  private boolean gainsFromOne;
  private boolean predictsMore;

  /** A tensor of GGUF that is made of one of a folder. */
  private record Part(String name, UnaryOperator<SourceTensor> change) {}

  TensorNames(HuggingFaceFolder folder) {
    this.folder = folder;
    // a model saved without its head has no prefix
    for (String prefix : List.of("model.", "")) {
      outside(prefix + "embed_tokens", "token_embd");
      outside(prefix + "norm", "output_norm");
    }
    outside("lm_head", "output");
    block("input_layernorm", "attn_norm");
    block("post_attention_layernorm", "ffn_norm");
    block("pre_feedforward_layernorm", "ffn_norm");
    block("post_feedforward_layernorm", "post_ffw_norm");
    for (String part : List.of("q", "k", "v", "qkv")) {
      block("self_attn." + part + "_proj", "attn_" + part);
    }
    block("self_attn.o_proj", "attn_output");
    block("self_attn.q_norm", "attn_q_norm");
    block("self_attn.k_norm", "attn_k_norm");
    block("mlp.gate_up_proj", "ffn_up");
    block("mlp.gate", "ffn_gate_inp");
    block("mlp.shared_expert_gate", "ffn_gate_inp_shexp");
    for (String part : List.of("gate", "up", "down")) {
      block("mlp." + part + "_proj", "ffn_" + part);
      block("mlp.experts.*." + part + "_proj", "ffn_" + part + "_exps");
      block("mlp.shared_expert." + part + "_proj", "ffn_" + part + "_shexp");
      block("mlp.shared_experts." + part + "_proj", "ffn_" + part + "_shexp");
    }
    part("mlp.gate.e_score_correction_bias", "exp_probs_b.bias", tensor -> tensor);
  }

  /**
   * Names a tensor that is in no block.
   *
   * @param theirs its name in the folder, without {@code .weight} and {@code .bias}; the number of
   *     one of several is a {@code *}
   * @param ours its name in GGUF, likewise
   * @return this
   */
  public TensorNames outside(String theirs, String ours) {
    outside.put(theirs, ours);
    return this;
  }

  /**
   * Names a tensor of each block.
   *
   * @param theirs what follows the number of the block in the folder, without {@code .weight} and
   *     {@code .bias}; an expert's or a norm's number is a {@code *}
   * @param ours what follows the number of the block in GGUF, likewise; those are stacked
   * @return this
   */
  public TensorNames block(String theirs, String ours) {
    inside.put(theirs, ours);
    return this;
  }

  /**
   * Makes a tensor of each block of one whose name has no usual end, or more than one of it.
   *
   * @param theirs what follows the number of the block in the folder
   * @param ours what follows the number of the block in GGUF
   * @param change from their order to ours
   * @return this
   */
  public TensorNames part(String theirs, String ours, UnaryOperator<SourceTensor> change) {
    parts.computeIfAbsent(theirs, key -> new ArrayList<>()).add(new Part(ours, change));
    return this;
  }

  /**
   * Puts rows, and the numbers of a bias, in another order.
   *
   * @param ours a tensor of each block, without {@code .weight} and {@code .bias}
   * @param order the order
   * @return this
   */
  public TensorNames reorder(String ours, RowOrder order) {
    return change(ours + WEIGHT, tensor -> ReorderedTensor.permuted(tensor, order))
        .change(ours + BIAS, tensor -> ReorderedTensor.permuted(tensor, order));
  }

  /**
   * Makes columns of rows.
   *
   * @param ours a tensor of each block, without {@code .weight}
   * @return this
   */
  public TensorNames transpose(String ours) {
    return change(ours + WEIGHT, this::transposed);
  }

  /**
   * Changes a tensor after it has been named.
   *
   * @param ours what follows the number of the block in GGUF
   * @param change from their order to ours
   * @return this
   */
  public TensorNames change(String ours, UnaryOperator<SourceTensor> change) {
    changes.put(ours, change);
    return this;
  }

  /**
   * Adds 1 to the gains of all norms, which are stored as what they differ from 1 by.
   *
   * @return this
   */
  public TensorNames gainsFromOne() {
    gainsFromOne = true;
    return this;
  }

  /**
   * Names experts that are stacked, with their gates and ups one behind the other: {@code
   * gate_up_proj} of shape [experts, 2 · hidden, dim] and {@code down_proj}.
   *
   * @param theirs what is between the number of the block and those names
   * @return this
   */
  public TensorNames stackedExperts(String theirs) {
    for (String end : List.of("", WEIGHT)) {
      halves(theirs + ".gate_up_proj" + end, "ffn_gate_exps", "ffn_up_exps", tensor -> tensor)
          .part(theirs + ".down_proj" + end, "ffn_down_exps.weight", tensor -> tensor);
    }
    return this;
  }

  /**
   * Makes two tensors of the upper and the lower half of each matrix of one.
   *
   * @param theirs what follows the number of the block in the folder
   * @param upper what follows it in GGUF, without {@code .weight}
   * @param lower likewise
   * @param change what is done before
   * @return this
   */
  public TensorNames halves(
      String theirs, String upper, String lower, UnaryOperator<SourceTensor> change) {
    return part(theirs, upper + WEIGHT, both -> ReorderedTensor.half(change.apply(both), 0))
        .part(theirs, lower + WEIGHT, both -> ReorderedTensor.half(change.apply(both), 1));
  }

  /**
   * Leaves out what predicts further tokens: {@code mtp.}, and blocks behind the last layer.
   *
   * @return this
   */
  public TensorNames withoutPredictors() {
    predictsMore = true;
    return this;
  }

  /**
   * Leaves out tensors that have no part in what we compute.
   *
   * @param names a regular expression of their whole names
   * @return this
   */
  public TensorNames without(String names) {
    without.add(Pattern.compile(names));
    return this;
  }

  /**
   * A tensor whose last two dimensions have changed places; as F32, if its blocks of numbers cannot
   * change places.
   *
   * @param tensor another
   * @return the transposed one
   */
  public SourceTensor transposed(SourceTensor tensor) {
    boolean blocks = tensor.type().blockElements() > 1;
    return TransposedTensor.of(blocks ? MappedTensor.decoded(tensor) : tensor, slabs);
  }

  Slabs slabs() {
    return slabs;
  }

  private boolean isOfPredictor(String name, int layers) {
    Matcher block = BLOCK.matcher(name);
    return predictsMore
        && (name.startsWith("mtp.")
            || name.startsWith("model.mtp.")
            || (block.matches() && Integer.parseInt(block.group(1)) >= layers));
  }

  private boolean isLeftOut(String name, int layers) {
    return REDUNDANT.matcher(name).matches()
        || without.stream().anyMatch(names -> names.matcher(name).matches())
        || isOfOtherPart(name)
        || isOfPredictor(name, layers);
  }

  /** All tensors by the names of GGUF. */
  Map<String, SourceTensor> tensors(StoredTensors stored, int layers) throws IOException {
    Map<String, SourceTensor> named = new LinkedHashMap<>();
    Map<String, Map<Integer, SourceTensor>> stacks = new LinkedHashMap<>();
    for (SourceTensor tensor : stored.all(name -> isLeftOut(plainName(name), layers))) {
      String name = plainName(tensor.name());
      Matcher block = BLOCK.matcher(name);
      boolean inBlock = block.matches();
      String prefix = inBlock ? "blk." + Integer.parseInt(block.group(1)) + "." : "";
      String rest = inBlock ? block.group(2) : name;
      Map<String, String> table = inBlock ? inside : outside;
      List<Part> made = parts.get(rest);
      if (made != null) {
        for (Part part : made) {
          SourceTensor renamed = new RenamedTensor(prefix + part.name, tensor);
          add(named, part.change.apply(renamed));
        }
        continue;
      }
      Matcher member = MEMBER.matcher(rest);
      if (member.matches()) {
        String ours = ours(table, tensor, member.group(1) + ".*." + member.group(3));
        stacks
            .computeIfAbsent(prefix + ours, key -> new TreeMap<>())
            .put(Integer.parseInt(member.group(2)), tensor);
      } else {
        add(named, new RenamedTensor(prefix + ours(table, tensor, rest), tensor));
      }
    }
    stacks.forEach((name, members) -> add(named, stack(name, members)));
    named.replaceAll(this::changed);
    return named;
  }

  private static SourceTensor stack(String name, Map<Integer, SourceTensor> members) {
    int index = 0;
    for (Map.Entry<Integer, SourceTensor> member : members.entrySet()) {
      if (member.getKey() != index++) {
        SourceTensor tensor = member.getValue();
        throw new ModelFormatException(
            tensor.file(),
            tensor.offset(0),
            "number " + (index - 1) + " of those",
            "tensor " + tensor.name());
      }
    }
    return StackedTensor.of(name, List.copyOf(members.values()));
  }

  private static void add(Map<String, SourceTensor> named, SourceTensor tensor) {
    SourceTensor other = named.putIfAbsent(tensor.name(), tensor);
    if (other != null) {
      throw new ModelFormatException(
          tensor.file(),
          tensor.offset(0),
          "one tensor that becomes " + tensor.name(),
          "a second one, beside that at byte " + other.offset(0));
    }
  }

  private SourceTensor changed(String name, SourceTensor tensor) {
    String rest = name.startsWith("blk.") ? name.substring(name.indexOf('.', 4) + 1) : name;
    UnaryOperator<SourceTensor> change = changes.get(rest);
    if (change != null) {
      return change.apply(tensor);
    }
    return gainsFromOne && name.endsWith("norm.weight") ? MappedTensor.plusOne(tensor) : tensor;
  }

  /** The name without what a larger model puts in front, or an old one called otherwise. */
  private String plainName(String stored) {
    String name =
        stored
            .replaceFirst("LayerNorm\\.gamma$", "LayerNorm.weight")
            .replaceFirst("LayerNorm\\.beta$", "LayerNorm.bias");
    if (!folder.isPart()) {
      return name;
    }
    String own = name.startsWith("language_model.") ? name.substring(15) : name;
    return own.replaceFirst("^model\\.(?:language_model|text_model)\\.", "model.");
  }

  private boolean isOfOtherPart(String name) {
    return folder.isPart() && OTHER_PART.matcher(name).matches();
  }

  private String ours(Map<String, String> table, SourceTensor tensor, String name) {
    for (String end : List.of(WEIGHT, BIAS)) {
      String stem = name.endsWith(end) ? name.substring(0, name.length() - end.length()) : null;
      String ours = stem == null ? null : table.get(stem);
      if (ours != null) {
        return ours + end;
      }
    }
    throw new UnsupportedModelException(
        tensor.file(),
        tensor.offset(0),
        "tensor " + Utf8.quote(tensor.name()),
        "in a model of type " + folder.modelType());
  }
}
