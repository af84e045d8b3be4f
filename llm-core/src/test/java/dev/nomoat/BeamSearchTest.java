package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nomoat.tokenizer.SpecialTokens;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Beam search against transformers, against a search without beams, and beside other requests. */
class BeamSearchTest {
  private static final String PROMPT = "Once upon a time";

  private static LanguageModel exact() throws IOException {
    return Story.load("bf16", o -> o.withCacheType(CacheType.F32));
  }

  @Test
  void oneBeamIsGreedy() throws IOException {
    try (LanguageModel model = exact()) {
      for (Story.Golden golden : Story.goldens()) {
        int end = golden.greedy().indexOf(2);
        List<Integer> greedy = golden.greedy().subList(0, end < 0 ? 60 : Math.min(60, end));
        BeamRequest request =
            BeamRequest.of("").withPrompt(golden.prompt()).withBeams(1).withMaxTokens(60);

        List<Beam> beams = model.search(request);

        assertThat(beams).hasSize(1);
        assertThat(beams.getFirst().tokens()).isEqualTo(greedy);
        assertThat(beams.getFirst().finishReason())
            .isEqualTo(
                greedy.size() == 60 ? FinishReason.MAX_TOKENS : FinishReason.END_OF_GENERATION);
      }
    }
  }

  /** As many beams as continuations find the best of all. */
  @Test
  void manyBeamsFindTheLikeliest() throws IOException {
    try (LanguageModel model = exact()) {
      int[] prompt = model.tokenizer().encodePrompt(PROMPT, SpecialTokens.PLAIN_TEXT);
      List<Beam> beams =
          model.search(BeamRequest.of(PROMPT).withBeams(64).withMaxTokens(2).withLengthPenalty(0));

      // all pairs whose first token is among the 64 likeliest
      float[] first = lastLogits(model, prompt);
      List<Double> all = new ArrayList<>();
      for (int id : likeliest(first, 64)) {
        int[] longer = Arrays.copyOf(prompt, prompt.length + 1);
        longer[prompt.length] = id;
        float[] second = lastLogits(model, longer);
        for (int next = 0; next < second.length; next++) {
          all.add(logProbability(first, id) + logProbability(second, next));
        }
      }
      all.sort(Comparator.reverseOrder());
      assertThat(beams).hasSize(64);
      for (int i = 0; i < 64; i++) {
        assertThat(beams.get(i).logProbability()).isCloseTo(all.get(i), within(1e-4));
        assertThat(beams.get(i).score()).isEqualTo(beams.get(i).logProbability());
      }
    }
  }

  private static float[] lastLogits(LanguageModel model, int[] tokens) {
    float[] all = model.logits(tokens);
    return Arrays.copyOfRange(all, all.length - Story.VOCAB, all.length);
  }

  private static List<Integer> likeliest(float[] logits, int count) {
    return IntStream.range(0, logits.length)
        .boxed()
        .sorted(Comparator.comparingDouble(id -> -logits[id]))
        .limit(count)
        .toList();
  }

  private static double logProbability(float[] logits, int id) {
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit);
    }
    return logits[id] - Math.log(sum);
  }

  @Test
  void scoresAndProbabilitiesAreThoseOfTheTexts() throws IOException {
    try (LanguageModel model = exact()) {
      List<Beam> beams = model.search(BeamRequest.of(PROMPT).withBeams(5).withMaxTokens(30));

      assertThat(beams)
          .hasSize(5)
          .isSortedAccordingTo(Comparator.comparingDouble(Beam::score).reversed());
      assertThat(beams).extracting(Beam::tokens).doesNotHaveDuplicates();
      for (Beam beam : beams) {
        assertThat(beam.text())
            .isEqualTo(
                model
                    .tokenizer()
                    .decode(beam.tokens().stream().mapToInt(Integer::intValue).toArray()));
        if (beam.finishReason() == FinishReason.MAX_TOKENS) {
          assertThat(beam.tokens()).hasSize(30);
          assertThat(beam.score()).isCloseTo(beam.logProbability() / 30, within(1e-9));
        }
      }
    }
  }

  @Test
  void searchesAndGenerationsDoNotDisturbEachOther() throws Exception {
    // a cache in which the beams do not fit together
    try (LanguageModel roomy = exact();
        LanguageModel model =
            Story.load(
                "bf16",
                o ->
                    o.withCacheType(CacheType.F32)
                        .withContextLength(128)
                        .withCacheBytes(roomy.info().cacheBytes(256, CacheType.F32)));
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      BeamRequest request = BeamRequest.of(PROMPT).withBeams(6).withMaxTokens(25);
      List<Beam> alone = roomy.search(request);
      GenerationRequest story = GenerationRequest.of("The dog").withMaxTokens(40).withSeed(3);
      GenerationResult expected = roomy.generate(story);
      List<Future<List<Beam>>> searches = new ArrayList<>();
      List<Future<GenerationResult>> stories = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        searches.add(threads.submit(() -> model.search(request)));
        stories.add(threads.submit(() -> model.generate(story)));
      }
      for (Future<List<Beam>> search : searches) {
        assertThat(search.get()).isEqualTo(alone);
      }
      for (Future<GenerationResult> result : stories) {
        assertThat(result.get().ids()).isEqualTo(expected.ids());
      }
    }
  }

  @Test
  void theContextAndAnInterruptEndASearch() throws IOException {
    try (LanguageModel model = Story.load("q4_0", o -> o.withContextLength(32))) {
      List<Beam> full = model.search(BeamRequest.of(PROMPT).withBeams(2).withMaxTokens(500));
      assertThat(full).extracting(Beam::finishReason).containsOnly(FinishReason.CONTEXT_FULL);

      Thread.currentThread().interrupt();
      List<Beam> cancelled = model.search(BeamRequest.of(PROMPT).withBeams(2));
      assertThat(Thread.interrupted()).isTrue();
      assertThat(cancelled).hasSize(2);
      assertThat(cancelled).extracting(Beam::finishReason).containsOnly(FinishReason.CANCELLED);
      assertThat(cancelled).allMatch(beam -> beam.tokens().size() == 1);

      int[] tooLong = new int[32];
      assertThatThrownBy(() -> model.search(BeamRequest.of("").withPrompt(Prompt.tokens(tooLong))))
          .isInstanceOf(ContextOverflowException.class);
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> model.search(BeamRequest.of("").withPrompt(Prompt.tokens(Story.VOCAB))));
    }
    assertThatIllegalArgumentException().isThrownBy(() -> BeamRequest.of("").withBeams(65));
    assertThatIllegalArgumentException().isThrownBy(() -> BeamRequest.of("").withBeams(0));
    assertThatIllegalArgumentException().isThrownBy(() -> BeamRequest.of("").withMaxTokens(0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BeamRequest.of("").withLengthPenalty(Double.NaN));
  }
}
