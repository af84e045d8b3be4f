package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.nomoat.cache.CacheShape;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How memory for keys and values is shared out. */
class CacheBudgetTest {
  private static ModelInfo info;
  private static long page;

  @BeforeAll
  static void inspect() throws Exception {
    info = LanguageModel.inspect(Story.file("q4_0"));
    page = info.footprint(CacheType.F16).frameBytes();
  }

  @Test
  void theModelsOwnContextFitsIntoWhatTheMachineHasToSpare() {
    LoadOptions options = LoadOptions.defaults();
    int context = info.contextLength();
    long needed = info.cacheBytes(context, CacheType.F16);
    assertThat(CacheBudget.of(info, options, 10 * needed))
        .isEqualTo(new CacheBudget((int) (10 * needed / page), 0, context));
    assertThat(CacheBudget.of(info, options, needed).contextLength()).isEqualTo(context);
    assertThat(CacheBudget.of(info, options, needed - 1).contextLength())
        .isEqualTo(context - (context - 1) % CacheShape.PAGE - 1);
    assertThat(CacheBudget.of(info, options, page)).isEqualTo(new CacheBudget(1, 0, 64));
    assertThat(CacheBudget.of(info, options).contextLength()).isEqualTo(context);
  }

  @Test
  void aContextThatIsAskedForHasRoom() {
    LoadOptions options = LoadOptions.defaults().withContextLength(129);
    assertThat(CacheBudget.of(info, options, 0)).isEqualTo(new CacheBudget(3, 0, 129));
    assertThat(CacheBudget.of(info, options.withCacheBytes(5 * page + 1), 0))
        .isEqualTo(new CacheBudget(5, 0, 129));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CacheBudget.of(info, options.withCacheBytes(3 * page - 1), 0))
        .withMessage(
            "a context of 129 tokens takes %d bytes of the cache, which may have %d",
            3 * page, 3 * page - 1);
  }

  @Test
  void aCacheWithoutRoomForATokenIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> CacheBudget.of(info, LoadOptions.defaults().withCacheBytes(page - 1), page))
        .withMessage("a cache of %d bytes has no room for a token, which takes %d", page - 1, page);
  }

  @Test
  void recurrentStateHasItsShare() throws Exception {
    ModelInfo hybrid = LanguageModel.inspect(FamilyModels.path("lfm2.gguf"));
    long one = hybrid.footprint(CacheType.F16).frameBytes();
    long state = hybrid.stateBytes();
    assertThat(state).isPositive();
    LoadOptions options = LoadOptions.defaults().withContextLength(640);
    assertThat(CacheBudget.of(hybrid, options, 0)).isEqualTo(new CacheBudget(10, 1, 640));
    CacheBudget more = CacheBudget.of(hybrid, options, 10 * one + state + 4 * state);
    assertThat(more.states()).isEqualTo(2);
    assertThat(more.frames()).isGreaterThanOrEqualTo(10);
    ModelInfo recurrent = LanguageModel.inspect(FamilyModels.path("mamba2.gguf"));
    assertThat(CacheBudget.of(recurrent, options, 7 * recurrent.stateBytes()))
        .isEqualTo(new CacheBudget(Integer.MAX_VALUE, 7, 640));
  }
}
