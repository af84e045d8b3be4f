package dev.nomoat.model.family;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * The sizes of a decoder, or of an encoder, as the file gives them: how many layers, how many heads
 * in each, how many numbers in what. Immutable.
 */
final class DecoderSizes {
  /** Far beyond any model; keeps products of a batch and a dimension inside an int. */
  static final int MAX_DIM = 1 << 18;

  private final int contextLength;
  private final int blocks; // the layers, and behind them those that predict further tokens
  private final int layers;
  private final int dim;
  private final int[] heads; // of each layer
  private final int[] kvHeads; // of each layer; 0 for none
  private final int headDim; // of queries and keys
  private final int valueDim;
  private final List<Integer> denseOutputs;

  /**
   * Reads the sizes.
   *
   * @param settings the file's
   * @param tensors names of the file's tensors: more layers than those cannot be
   */
  DecoderSizes(Settings settings, Set<String> tensors) {
    contextLength = settings.positive("context_length", Integer.MAX_VALUE);
    blocks = settings.positive("block_count", Math.max(1, tensors.size()));
    int predicting = settings.size("nextn_predict_layers").orElse(0);
    if (predicting >= blocks) {
      throw settings.fault("nextn_predict_layers", "fewer than the %d blocks".formatted(blocks));
    }
    layers = blocks - predicting;
    dim = settings.positive("embedding_length", MAX_DIM);
    // a model without attention may say that it has 0 heads
    heads = settings.counts("attention.head_count", blocks, dim);
    kvHeads =
        settings.has("attention.head_count_kv")
            ? settings.counts("attention.head_count_kv", blocks, dim)
            : heads;
    for (int layer = 0; layer < layers; layer++) {
      checkHeads(settings, layer);
    }
    int usual = Math.max(1, dim / Math.max(1, heads()));
    headDim = settings.positive("attention.key_length", usual, mostHeadDim());
    valueDim = settings.positive("attention.value_length", headDim, mostHeadDim());
    List<Integer> outputs = new ArrayList<>();
    for (int i = 2; tensors.contains("dense_" + i + ".weight"); i++) {
      outputs.add(settings.positive("dense_" + i + "_feat_out", MAX_DIM));
    }
    denseOutputs = List.copyOf(outputs);
  }

  private void checkHeads(Settings settings, int layer) {
    if (hasKeys(layer) && (heads[layer] == 0 || heads[layer] % kvHeads[layer] != 0)) {
      throw settings.fault("attention.head_count_kv", "a divisor of " + heads[layer] + " heads");
    }
    if (hasKeys(layer) && !settings.has("attention.key_length") && dim % heads[layer] != 0) {
      throw settings.fault("attention.head_count", "a divisor of dimension " + dim);
    }
  }

  /** Positions that the model was trained for. */
  int contextLength() {
    return contextLength;
  }

  /** The layers, and behind them blocks that predict further tokens, which are not used. */
  int blocks() {
    return blocks;
  }

  int layers() {
    return layers;
  }

  int dim() {
    return dim;
  }

  /** Query heads of the layer that has most. */
  int heads() {
    return Arrays.stream(heads).max().orElse(0);
  }

  /** Query heads of a layer. */
  int heads(int layer) {
    return heads[layer];
  }

  /** Key/value heads of a layer, 0 for none. */
  int kvHeads(int layer) {
    return kvHeads[layer];
  }

  /** Whether a layer has keys and values. */
  boolean hasKeys(int layer) {
    return kvHeads[layer] > 0;
  }

  /** Numbers of a query. */
  int headDim() {
    return headDim;
  }

  int valueDim() {
    return valueDim;
  }

  /** Numbers of a head, at most. */
  int mostHeadDim() {
    return MAX_DIM / Math.max(1, heads());
  }

  /** What each of the linear layers behind pooling gives, if there are some. */
  List<Integer> denseOutputs() {
    return denseOutputs;
  }
}
