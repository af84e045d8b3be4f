package dev.nomoat.model;

import dev.nomoat.CacheType;
import dev.nomoat.Pooling;
import dev.nomoat.cache.CacheShape;
import dev.nomoat.cache.StateShape;
import dev.nomoat.math.RotaryEmbedding;
import dev.nomoat.math.RotaryFrequencies;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/**
 * What a decoder or an encoder is made of: its sizes, and the switches that tell its family's graph
 * from another's.
 *
 * @param architecture the family, as in the file
 * @param vocab number of token ids
 * @param contextLength positions that the model was trained for
 * @param dim numbers of a token between the blocks
 * @param norm how activations are normalised
 * @param queryKeyNorm whether queries and keys are normalised before they are turned
 * @param parallel whether mixer and feed-forward network read the same input and are added
 *     together, instead of one after the other
 * @param activation the feed-forward network's
 * @param gated whether its activation is multiplied with a second projection
 * @param scales numbers that the graph multiplies with
 * @param ropes the rotary position embeddings that layers use
 * @param layers what differs from block to block, in order
 * @param streams the streams of a token between the blocks
 * @param tensors parts that the family has, though the sizes do not tell
 * @param tokenTypes kinds of tokens that the embedding of types knows, if there is one
 * @param head what becomes of the tokens of a text that is embedded or scored
 */
public record ModelConfig(
    String architecture,
    int vocab,
    int contextLength,
    int dim,
    Norm norm,
    QueryKeyNorm queryKeyNorm,
    boolean parallel,
    Activation activation,
    boolean gated,
    Scales scales,
    List<Rope> ropes,
    List<Layer> layers,
    Streams streams,
    Set<Part> tensors,
    int tokenTypes,
    Head head) {
  /** Copies the collections. */
  public ModelConfig {
    ropes = List.copyOf(ropes);
    layers = List.copyOf(layers);
    tensors = Set.copyOf(tensors);
  }

  /**
   * How activations are normalised.
   *
   * @param kind RMSNorm, or LayerNorm
   * @param epsilon ε
   */
  public record Norm(Kind kind, float epsilon) {
    /** The formula. */
    public enum Kind {
      /** By the root of the mean square. */
      RMS,
      /** By mean and standard deviation. */
      LAYER
    }
  }

  /** What queries and keys are normalised over. */
  public enum QueryKeyNorm {
    /** They are not. */
    NONE,
    /** Each head, with the same gain for all. */
    HEAD,
    /** Each head, with a gain of its own. */
    HEADS,
    /** All heads together. */
    ALL,
    /** Each head without a gain, once it is turned, in layers that turn. */
    TURNED,
    /** Each head once it is turned, with the same gain for all. */
    TURNED_HEAD
  }

  /** Tensors that a family has or has not. */
  public enum Part {
    /** Norms before attention and feed-forward network. */
    PRE_NORM,
    /** Norms of what attention and feed-forward network add. */
    POST_NORM,
    /** Norms of the tokens once attention, or the feed-forward network, has been added. */
    SUM_NORM,
    /** A norm behind the last block. */
    OUTPUT_NORM,
    /** A norm of the embeddings. */
    EMBEDDING_NORM,
    /** Biases of query, key and value. */
    QKV_BIAS,
    /** One tensor for the gate and what it multiplies. */
    FUSED_GATE,
    /** A shared expert with norms of its own, beside experts with theirs. */
    APART_EXPERTS,
    /** A learned vector for each position. */
    POSITIONS,
    /** Behind each head's query, a gate of what the head attends to. */
    QUERY_GATE,
    /** A score for each head that no position takes (attention sinks). */
    SINKS
  }

  /**
   * Numbers that the graph multiplies with.
   *
   * @param embedding the token embeddings
   * @param attention the attention scores
   * @param residual what a block adds
   * @param logits the logits
   * @param attentionSoftCap bound of the attention scores, or 0 for none
   * @param logitSoftCap bound of the logits, or 0 for none
   * @param maxAlibiBias what attention lowers scores by with the distance (ALiBi), or 0 for none
   */
  public record Scales(
      float embedding,
      float attention,
      float residual,
      float logits,
      float attentionSoftCap,
      float logitSoftCap,
      float maxAlibiBias) {}

  /**
   * How positions are embedded by turning.
   *
   * @param pairing which numbers of a head form a pair
   * @param dim how many numbers of a head are turned
   * @param base frequency base
   * @param scale what positions are multiplied by
   * @param yarn parameters of YaRN, when it is used
   * @param magnitude what the turned numbers are multiplied by
   * @param divisors whose divisors the frequencies have
   */
  public record Rope(
      RotaryEmbedding.Pairing pairing,
      int dim,
      float base,
      float scale,
      Optional<RotaryFrequencies.Yarn> yarn,
      float magnitude,
      Divisors divisors) {
    /**
     * The same with another magnitude.
     *
     * @param value what the turned numbers are multiplied by
     * @return another one
     */
    public Rope withMagnitude(double value) {
      return new Rope(pairing, dim, base, scale, yarn, (float) value, divisors);
    }

    /** Tensors that divide the frequencies. */
    public enum Divisors {
      /** None. */
      NONE,
      /** One tensor, when the file has it (Llama 3). */
      PLAIN,
      /** That for contexts no longer than the original one (LongRoPE). */
      SHORT,
      /** That for longer contexts (LongRoPE). */
      LONG
    }
  }

  /**
   * One block.
   *
   * @param hiddenDim numbers inside the feed-forward network, or inside each expert; 0 when there
   *     is no network
   * @param experts how tokens choose among several feed-forward networks, if there are several
   * @param mixer what mixes the positions of a sequence
   * @param inputDim numbers of the layer's own input of a token (per-layer embedding); 0 for none
   * @param gateCutoff how many standard deviations above their mean gates must be to count, if not
   *     all do (activation sparsity); it is subtracted from those that do
   */
  public record Layer(
      int hiddenDim,
      Optional<Experts> experts,
      Mixer mixer,
      int inputDim,
      Optional<Float> gateCutoff) {}

  /**
   * The streams of a token between the blocks.
   *
   * @param count how many there are: 1, or more with alternating updates (AltUp)
   * @param laurelRank numbers inside the learned augmented residual beside each mixer; 0 for none
   */
  public record Streams(int count, int laurelRank) {
    /** One stream that blocks add to. */
    public static final Streams ONE = new Streams(1, 0);
  }

  /**
   * What becomes of the tokens of a text that is embedded or scored.
   *
   * @param pooling how they become one vector, unless a caller wants it otherwise
   * @param dense linear layers behind that, in order: the numbers that each gives
   * @param classifier how a text is scored, when the model does
   */
  public record Head(Pooling pooling, List<Integer> dense, Optional<Classifier> classifier) {
    /** Copies the list. */
    public Head {
      dense = List.copyOf(dense);
    }
  }

  /**
   * A classification head, and how a query and a document become the text that it scores.
   *
   * @param pooling the tokens whose hidden state it reads
   * @param activation behind its first layer, when it has two
   * @param labels how many scores there are
   * @param probability whether the score of a document is the probability of the first label, and
   *     not the only logit
   * @param separators EOS tokens between query and document
   * @param template the text that has {@code {query}} and {@code {document}} in it, when there is
   *     one
   */
  public record Classifier(
      Pooling pooling,
      Activation activation,
      int labels,
      boolean probability,
      int separators,
      Optional<String> template) {}

  /**
   * A mixture of experts.
   *
   * @param count how many there are
   * @param used how many a token uses
   * @param sharedDim numbers inside the expert that all tokens use, or 0 when there is none
   * @param gating how scores become weights
   * @param normalized whether the weights of the chosen ones are divided by their sum
   * @param scale what the weights are multiplied by
   * @param ofInput whether the weights multiply what the experts read instead of what they add
   * @param groups groups of experts of which a token chooses some first; 1 for none
   * @param groupsUsed how many groups a token may use
   */
  public record Experts(
      int count,
      int used,
      int sharedDim,
      Gating gating,
      boolean normalized,
      float scale,
      boolean ofInput,
      int groups,
      int groupsUsed) {
    /** How scores become weights. */
    public enum Gating {
      /** By a softmax over all experts. */
      SOFTMAX,
      /** Each by itself, by the logistic function. */
      SIGMOID
    }
  }

  /**
   * Whether tokens see nothing that follows them, as in a decoder. In an encoder they do, so its
   * sequences are evaluated as a whole, and layer by layer.
   *
   * @return true for a decoder
   */
  public boolean causal() {
    return attention().allMatch(attention -> attention.span().causal());
  }

  /**
   * Whether the family has a part.
   *
   * @param part which
   * @return true when its tensors must be there
   */
  public boolean has(Part part) {
    return tensors.contains(part);
  }

  /**
   * Numbers of the vector of a text.
   *
   * @return those that the last dense layer gives, or {@code dim} without such
   */
  public int embeddingDim() {
    return head.dense().isEmpty() ? dim : head.dense().getLast();
  }

  /**
   * What a position takes in the cache.
   *
   * @param type number format
   * @return the keys and values of each layer; of an encoder, whose layers are alike, those of one,
   *     because it needs those of a layer no more when it is at the next
   */
  public CacheShape cacheShape(CacheType type) {
    List<CacheShape.Layer> all = new ArrayList<>();
    layers.forEach(layer -> all.add(layer.mixer().cached()));
    attention()
        .filter(Mixer.Attention::sharesKeys)
        .filter(reader -> !reader.span().equals(all.get(reader.keysOf()).span()))
        .forEach(reader -> all.set(reader.keysOf(), all.get(reader.keysOf()).withoutLimit()));
    return new CacheShape(causal() ? all : all.subList(0, 1), type);
  }

  /**
   * Attention of the layers that have it.
   *
   * @return theirs, in order
   */
  public Stream<Mixer.Attention> attention() {
    return layers.stream()
        .map(Layer::mixer)
        .filter(Mixer.Attention.class::isInstance)
        .map(Mixer.Attention.class::cast);
  }

  /**
   * Recurrent state of a sequence.
   *
   * @return its shape
   */
  public StateShape stateShape() {
    return new StateShape(layers.stream().map(layer -> layer.mixer().stateSize()).toList());
  }

  /**
   * The widest feed-forward network.
   *
   * @return the greatest hidden dimension of a layer
   */
  public int mostHidden() {
    return layers.stream().mapToInt(Layer::hiddenDim).max().orElse(0);
  }

  /**
   * The greatest of something that layers' attention has.
   *
   * @param size what
   * @return the most that a layer has of it
   */
  public int most(ToIntFunction<Mixer.Attention> size) {
    return attention().mapToInt(size).max().orElse(0);
  }
}
