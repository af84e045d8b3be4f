package dev.nomoat.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.CacheType;
import dev.nomoat.WeightPacking;
import dev.nomoat.model.source.GgufSource;
import dev.nomoat.model.source.ModelSource;
import dev.nomoat.quant.Kernels;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WarmUpTest {
  @Test
  void evaluatesATinyModelOfTheSameTypes() throws Exception {
    WarmUp.Kind kind = kind("q4_k_m", CacheType.F16, true);
    assertThat(kind.types()).isEqualTo(Set.of(TensorType.Q4_K, TensorType.Q6_K));
    WarmUp.evaluate(kind, Kernels.best());
  }

  @Test
  void takesPlainWeightsToo() throws Exception {
    WarmUp.Kind kind = kind("bf16", CacheType.F32, false);
    assertThat(kind.types()).isEqualTo(Set.of(TensorType.BF16));
    WarmUp.evaluate(kind, Kernels.best());
  }

  @ParameterizedTest
  @EnumSource(names = {"Q8_0", "Q4_0"})
  void quantisedKeysAndValuesAreAnotherKind(CacheType type) throws Exception {
    WarmUp.Kind kind = kind("q4_0", type, true);
    assertThat(kind).isNotEqualTo(kind("q4_0", CacheType.F16, true));
    WarmUp.evaluate(kind, Kernels.best());
  }

  @Test
  void encodesWithAnEncoder() throws Exception {
    WarmUp.Kind kind = kindOf("/dev/nomoat/encoders/bert.gguf", CacheType.F16, true);
    assertThat(kind.config().causal()).isFalse();
    WarmUp.evaluate(kind, Kernels.best());
  }

  @Test
  void kernelsThatStaySlowAreNotWaitedFor() throws Exception {
    WarmUp.Kind kind = kind("q4_0", CacheType.F16, true);
    assertThat(WarmUp.compile(kind, Kernels.best(), Duration.ZERO)).isFalse();
    // without products there is nothing that could be slow
    WarmUp.Kind none =
        new WarmUp.Kind(kind.config(), kind.tensors(), Set.of(), kind.cacheType(), kind.eightBit());
    assertThat(WarmUp.compile(none, Kernels.best(), Duration.ofDays(1))).isTrue();
  }

  private static WarmUp.Kind kind(String type, CacheType cacheType, boolean eightBit)
      throws IOException, URISyntaxException {
    return kindOf("/dev/nomoat/story/story-" + type + ".gguf", cacheType, eightBit);
  }

  private static WarmUp.Kind kindOf(String name, CacheType cacheType, boolean eightBit)
      throws IOException, URISyntaxException {
    Path file = Path.of(Objects.requireNonNull(WarmUpTest.class.getResource(name)).toURI());
    try (ModelSource source = GgufSource.open(file)) {
      return WarmUp.kind(ModelPlan.of(source, 0, WeightPacking.AS_STORED), cacheType, eightBit);
    }
  }
}
