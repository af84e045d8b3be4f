package dev.nomoat.convert;

import static dev.nomoat.quant.TensorType.F16;
import static dev.nomoat.quant.TensorType.IQ4_NL;
import static dev.nomoat.quant.TensorType.MXFP4;
import static dev.nomoat.quant.TensorType.Q3_K;
import static dev.nomoat.quant.TensorType.Q4_0;
import static dev.nomoat.quant.TensorType.Q4_1;
import static dev.nomoat.quant.TensorType.Q4_K;
import static dev.nomoat.quant.TensorType.Q5_0;
import static dev.nomoat.quant.TensorType.Q5_1;
import static dev.nomoat.quant.TensorType.Q5_K;
import static dev.nomoat.quant.TensorType.Q6_K;
import static dev.nomoat.quant.TensorType.Q8_0;
import static dev.nomoat.quant.TensorType.TQ1_0;
import static dev.nomoat.quant.TensorType.TQ2_0;

import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufMetadata;
import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.file.gguf.GgufTensor;
import dev.nomoat.model.source.SourceTensor;
import dev.nomoat.quant.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Chooses the format of every tensor of a model, as {@link QuantizationMix} says. */
final class TypeChoice {
  private static final Pattern LAYER = Pattern.compile("blk\\.(\\d{1,6})\\..*");

  private final QuantizationMix mix;
  private final QuantizeOptions options;
  private final GgufFile model;
  private final boolean tied;
  private final int layers;
  private final int experts;
  private final int headsPerKeyValueHead;
  private final boolean wide;
  private final boolean falcon;
  private final List<Integer> valueLayers;

  TypeChoice(GgufFile model, QuantizeOptions options) {
    this.model = model;
    this.options = options;
    mix = options.mix();
    GgufMetadata metadata = model.metadata();
    String architecture = metadata.requireString("general.architecture");
    tied = model.tensor("output.weight").isEmpty();
    layers = metadata.requireInt(architecture + ".block_count");
    if (layers < 0) {
      throw metadata.fault(architecture + ".block_count", "a number of layers");
    }
    experts = metadata.integer(architecture + ".expert_count").orElse(0);
    int heads = most(metadata, architecture + ".attention.head_count");
    int keyValueHeads = most(metadata, architecture + ".attention.head_count_kv");
    headsPerKeyValueHead = keyValueHeads <= 0 ? 1 : heads / keyValueHeads;
    // Llama 70B, whose matrix of values is small beside the others
    wide = architecture.equals("llama") && layers == 80 && headsPerKeyValueHead > 1;
    falcon = architecture.equals("falcon");
    valueLayers = List.copyOf(valueLayers());
  }

  /** The largest number of a key that has one for all layers, or one for each. */
  private static int most(GgufMetadata metadata, String key) {
    boolean each = metadata.get(key).orElse(null) instanceof GgufNumberArray;
    return each
        ? Arrays.stream(metadata.requireInts(key)).max().orElse(0)
        : metadata.integer(key).orElse(0);
  }

  private Set<Integer> valueLayers() {
    Set<Integer> found = new TreeSet<>();
    for (GgufTensor tensor : model.tensors()) {
      if (role(tensor) == TensorRole.VALUE) {
        found.add(layer(tensor.name()));
      }
    }
    return found;
  }

  /**
   * The formats of all tensors, in the order of the file.
   *
   * @throws IllegalArgumentException if the name of an override is in no tensor that is quantised,
   *     or a tensor would be quantised again
   */
  List<QuantizedTensor> all() {
    List<QuantizedTensor> all = new ArrayList<>();
    Set<TypeOverride> unused = new LinkedHashSet<>(options.overrides());
    for (GgufTensor tensor : model.tensors()) {
      QuantizedTensor choice = choose(tensor, unused);
      boolean quantized = choice.from().blockElements() > 1;
      if (choice.to() != choice.from() && quantized && !options.requantize()) {
        throw new IllegalArgumentException(
            ("tensor %s is %s already, and %s made of that loses more than made of full"
                    + " precision; quantising again must be allowed (withRequantize,"
                    + " --requantize)")
                .formatted(choice.name(), choice.from(), choice.to()));
      }
      all.add(choice);
    }
    if (!unused.isEmpty()) {
      throw new IllegalArgumentException(
          "no tensor that is quantised has \"%s\" in its name"
              .formatted(unused.iterator().next().names()));
    }
    return all;
  }

  private QuantizedTensor choose(GgufTensor tensor, Set<TypeOverride> unused) {
    TensorRole role = role(tensor);
    TensorType wanted = tensor.type();
    if (role != TensorRole.KEPT) {
      wanted = options.pure() || !isQuantized(mix.type()) ? mix.type() : ofMix(tensor, role);
      for (TypeOverride override : options.overrides()) {
        if (override.fits(tensor.name())) {
          unused.remove(override);
          wanted = override.type();
          break;
        }
      }
    }
    TensorType type = wanted == tensor.type() ? wanted : fitting(wanted, tensor.cols());
    return new QuantizedTensor(tensor.name(), tensor.shape(), tensor.type(), type, wanted);
  }

  private static boolean isQuantized(TensorType type) {
    return type.blockElements() > 1;
  }

  private TensorRole role(GgufTensor tensor) {
    boolean number =
        switch (tensor.type()) {
          case I8, I16, I32, I64, F64 -> false;
          default -> true;
        };
    int dimensions = number ? SourceTensor.withoutOuterOnes(tensor.shape()).size() : 0;
    return TensorRole.of(tensor.name(), dimensions, tied);
  }

  private TensorType ofMix(GgufTensor tensor, TensorRole role) {
    TensorType type = mix.type();
    if (role == TensorRole.HEAD) {
      boolean fits = tensor.cols() % type.blockElements() == 0;
      return type == Q8_0 || type == MXFP4 || falcon || !fits ? Q8_0 : Q6_K;
    }
    if (mix == QuantizationMix.MXFP4_MOE) {
      return tensor.shape().size() == 3 && tensor.shape().getFirst() > 1 ? MXFP4 : Q8_0;
    }
    return switch (role) {
      case VALUE -> value(valueLayers.indexOf(layer(tensor.name())));
      case KEY -> experts == 8 ? Q8_0 : type;
      case DOWN -> falcon ? downOfFalcon(layer(tensor.name())) : down(layer(tensor.name()));
      case ATTENTION_OUTPUT -> attentionOutput();
      case EMBEDDING -> type == TQ1_0 || type == TQ2_0 ? Q4_K : type;
      case HEAD, OTHER, KEPT -> type;
    };
  }

  /** Among the layers that have values. */
  private TensorType value(int layer) {
    if (experts == 8) {
      return Q8_0;
    }
    TensorType type =
        switch (mix) {
          case Q2_K -> headsPerKeyValueHead >= 4 ? Q4_K : Q3_K;
          case Q3_K_M -> layer < 2 ? Q5_K : Q4_K;
          case Q3_K_L -> Q5_K;
          case IQ4_NL, IQ4_XS -> headsPerKeyValueHead >= 4 ? Q5_K : mix.type();
          case Q4_K_S -> layer < 4 ? Q5_K : Q4_K;
          case Q4_K_M, Q5_K_M -> matters(layer, valueLayers.size()) ? Q6_K : mix.type();
          default -> mix.type();
        };
    return wide && (type == Q3_K || type == Q4_K) ? Q5_K : type;
  }

  private TensorType down(int layer) {
    boolean early = layer < layers / 8;
    boolean measured = options.importance().isPresent();
    return switch (mix) {
      case Q2_K -> Q3_K;
      case Q3_K_M -> layer < layers / 16 ? Q5_K : Q4_K;
      case Q3_K_L -> Q5_K;
      case IQ4_NL, IQ4_XS -> early && !measured ? Q5_K : mix.type();
      case Q4_K_S -> early ? Q5_K : Q4_K;
      case Q4_K_M, Q5_K_M -> matters(layer, layers) ? Q6_K : mix.type();
      case Q4_0 -> early && measured ? Q4_1 : Q4_0;
      case Q5_0 -> early && measured ? Q5_1 : Q5_0;
      default -> mix.type();
    };
  }

  /** Falcon loses less than others by fewer bits here. */
  private TensorType downOfFalcon(int layer) {
    boolean first = layer < layers / 16;
    boolean matters = matters(layer, layers);
    return switch (mix) {
      case Q3_K_M -> first ? Q5_K : matters ? Q4_K : Q3_K;
      case Q3_K_L, Q4_K_S -> Q4_K;
      case Q4_K_M -> first ? Q6_K : matters ? Q5_K : Q4_K;
      default -> down(layer);
    };
  }

  private TensorType attentionOutput() {
    if (falcon) {
      return mix == QuantizationMix.Q3_K_L ? Q4_K : mix.type();
    }
    if (experts == 8) {
      return attentionOutputOfEight();
    }
    return switch (mix) {
      case Q2_K -> Q3_K;
      case Q3_K_M -> Q4_K;
      case Q3_K_L -> Q5_K;
      default -> mix.type();
    };
  }

  private TensorType attentionOutputOfEight() {
    return switch (mix) {
      case Q2_K, Q3_K_S, Q3_K_M, Q4_K_S, Q4_K_M, IQ4_NL, IQ4_XS -> Q5_K;
      default -> mix.type();
    };
  }

  /** The first and the last eighth of the layers, and every third between. */
  private static boolean matters(int layer, int layers) {
    return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
  }

  private static int layer(String name) {
    Matcher matcher = LAYER.matcher(name);
    return matcher.matches() ? Integer.parseInt(matcher.group(1)) : -1;
  }

  /** The type, or one with a smaller block when rows are no multiples of its block. */
  private static TensorType fitting(TensorType type, long cols) {
    if (cols % type.blockElements() == 0) {
      return type;
    }
    TensorType smaller =
        switch (type) {
          case Q2_K, Q3_K, TQ1_0, TQ2_0 -> Q4_0;
          case IQ4_XS -> IQ4_NL;
          case Q4_K -> Q5_0;
          case Q5_K -> Q5_1;
          case Q6_K -> Q8_0;
          default -> F16;
        };
    return cols % smaller.blockElements() == 0 ? smaller : F16;
  }
}
