package dev.nomoat.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import dev.nomoat.Dry;
import dev.nomoat.DynamicTemperature;
import dev.nomoat.Mirostat;
import dev.nomoat.SamplingOptions;
import dev.nomoat.SamplingStep;
import dev.nomoat.TokenScores;
import dev.nomoat.Xtc;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Edges of the chain that the goldens do not have. */
class ChainStepsTest {
  private static final float NONE = Float.NEGATIVE_INFINITY;
  private static final SamplingOptions OFF =
      SamplingOptions.defaults().withTemperature(1).withTopK(0).withTopP(1).withMinP(0);

  @Test
  void allOffLeavesEveryTokenWithItsProbability() {
    float[] logits = {1, -2, NONE, 0.5f};
    Candidates candidates = new Sampler(OFF, 1, 4).narrow(logits, 0);
    assertThat(candidates.size()).isEqualTo(4);
    for (int id = 0; id < 4; id++) {
      assertThat(candidates.logitOf(id)).isEqualTo(logits[id] - 1);
    }
  }

  @Test
  void oneCandidateStaysOne() {
    for (SamplingOptions options : everyNarrowing()) {
      assertThat(ids(options, -3)).as(options.toString()).containsExactly(0);
      assertThat(ids(options, NONE, -3, NONE)).as(options.toString()).contains(1);
      assertThat(new Sampler(options, 5, 3).sample(new float[] {NONE, -3, NONE}, 0)).isEqualTo(1);
    }
  }

  @Test
  void equalLogitsGoByTheLowerId() {
    assertThat(ids(OFF.withTypicalP(0.5f), 2, 2, 2, 2)).containsExactly(0, 1, 2);
    assertThat(ids(OFF.withTopNSigma(1), 2, 2, 2, 2)).containsExactly(0, 1, 2, 3);
    assertThat(ids(OFF.withXtc(new Xtc(1, 0.2f)), 2, 2, 2, 2)).containsExactly(3);
  }

  @Test
  void tokensThatCannotBeNeverCount() {
    assertThat(ids(OFF.withTypicalP(0.99f), NONE, 1, NONE, 1)).containsExactly(1, 3);
    assertThat(ids(OFF.withXtc(new Xtc(1, 0.01f)), NONE, 1, 2, NONE)).doesNotContain(2);
    EntropyTemperature step = new EntropyTemperature(0, 2, 1);
    Candidates candidates = new Candidates(2, 2);
    candidates.load(new float[] {NONE, 4}, 0);
    step.apply(candidates); // no entropy, and so no temperature
    assertThat(candidates.size()).isEqualTo(1);
    assertThat(candidates.mostLikely()).isEqualTo(1);
  }

  @Test
  void xtcHappensAsOftenAsAsked() {
    Sampler sampler = new Sampler(OFF.withXtc(new Xtc(0.3f, 0.1f)), 3, 2);
    int dropped = 0;
    for (int i = 0; i < 10_000; i++) {
      dropped += 2 - sampler.narrow(new float[] {1, 2}, 0).size();
    }
    assertThat(dropped).isBetween(2_800, 3_200);
  }

  @Test
  void xtcLeavesTheDrawsAsTheyWere() {
    Sampler without = new Sampler(OFF, 3, 50);
    Sampler never = new Sampler(OFF.withXtc(new Xtc(1e-9f, 0.1f)), 3, 50);
    for (float[] logits : manyLogits(50, 100)) {
      assertThat(never.sample(logits, 0)).isEqualTo(without.sample(logits, 0));
    }
  }

  @Test
  void biasAddsAndForbids() {
    SamplingOptions options = SamplingOptions.greedy();
    float[] logits = {1, 3, 2};
    assertThat(new Sampler(options.withLogitBias(Map.of(0, 2.5f)), 0, 3).sample(logits, 0))
        .isZero();
    assertThat(new Sampler(options.withLogitBias(Map.of(1, NONE)), 0, 3).sample(logits, 0))
        .isEqualTo(2);
    Sampler none = new Sampler(options.withLogitBias(Map.of(0, NONE, 1, NONE)), 0, 2);
    assertThatExceptionOfType(SamplingException.class)
        .isThrownBy(() -> none.sample(new float[] {1, 2}, 0))
        .withMessage("the logit bias rules out every token");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Sampler(options.withLogitBias(Map.of(3, 1f)), 0, 3))
        .withMessage("logitBias has token 3, but the model has only 3");
  }

  @Test
  void dryAgreesWithItsDefinition() {
    Random random = new Random(4);
    for (int round = 0; round < 500; round++) {
      int vocabulary = 2 + random.nextInt(5);
      int lastN = random.nextBoolean() ? Integer.MAX_VALUE : 1 + random.nextInt(40);
      Dry dry = new Dry(0.5f, 1.25f, random.nextInt(4), lastN, List.of());
      DryPenalty step = new DryPenalty(dry, DryBreakers.NONE, vocabulary);
      List<Integer> text = new ArrayList<>();
      for (int i = random.nextInt(120); i > 0; i--) {
        text.add(random.nextInt(vocabulary));
        step.accept(text.getLast());
      }
      Candidates candidates = new Candidates(vocabulary, 0);
      for (int twice = 0; twice < 2; twice++) {
        candidates.load(new float[vocabulary], 0);
        step.apply(candidates);
        List<Integer> seen = text.subList(Math.max(0, text.size() - lastN), text.size());
        for (int id = 0; id < vocabulary; id++) {
          double expected = dryPenalty(dry, seen, id);
          assertThat(candidates.logitOf(id))
              .isEqualTo((float) -expected, within((float) (1e-5 * expected)));
        }
      }
    }
  }

  private static double dryPenalty(Dry dry, List<Integer> text, int token) {
    int longest = -1;
    int n = text.size();
    for (int at = 1; at < n; at++) {
      int length = 0;
      while (length < at && text.get(at - 1 - length).equals(text.get(n - 1 - length))) {
        length++;
      }
      longest = text.get(at) == token ? Math.max(longest, length) : longest;
    }
    boolean counts = n > dry.allowedLength() && longest >= dry.allowedLength();
    return counts ? dry.multiplier() * Math.pow(dry.base(), longest - dry.allowedLength()) : 0;
  }

  @Test
  void dryOverflowsNothing() {
    Dry dry = new Dry(Float.MAX_VALUE, Float.MAX_VALUE, 1, 100, List.of());
    DryPenalty step = new DryPenalty(dry, DryBreakers.NONE, 2);
    IntStream.range(0, 200).forEach(_ -> step.accept(1));
    Candidates candidates = new Candidates(2, 0);
    candidates.load(new float[] {NONE, -9}, 0);
    step.apply(candidates);
    assertThat(candidates.logitOf(1)).isEqualTo(-Float.MAX_VALUE);
  }

  @Test
  void mirostatHoldsTheSurpriseAtItsTarget() {
    Sampler sampler = new Sampler(OFF.withMirostat(new Mirostat(3, 0.1f)), 7, 400);
    double surprise = 0;
    float[][] many = manyLogits(400, 3_000);
    for (float[] logits : many) {
      int token = sampler.sample(logits, 0);
      Naive naive = new Naive(logits);
      surprise -= Math.log(naive.probabilities().get(naive.ids().indexOf(token))) / Math.log(2);
    }
    assertThat(surprise / many.length).isBetween(2.4, 3.6);
  }

  @Test
  void mirostatTakesThePlaceOfTheStepsThatNarrow() {
    SamplingOptions options = OFF.withMirostat(Mirostat.defaults());
    Sampler one = new Sampler(options, 7, 60);
    Sampler two = new Sampler(options.withTopK(1).withTopP(0.1f).withTopNSigma(0.1f), 7, 60);
    for (float[] logits : manyLogits(60, 100)) {
      assertThat(two.sample(logits, 0)).isEqualTo(one.sample(logits, 0));
    }
  }

  @Test
  void stepsOfTheCallerSeeTheTextAndChangeLogits() {
    SamplingStep noRepeat =
        scores -> {
          for (int i = 0; i < scores.textLength(); i++) {
            scores.setLogit(scores.textToken(i), NONE);
          }
        };
    SamplingStep up = scores -> scores.setLogit(3, scores.logit(3) + scores.vocabularySize());
    SamplingOptions options = SamplingOptions.greedy().withStep(noRepeat).withStep(up);
    Sampler sampler = new Sampler(options, 0, 4);
    float[] logits = {1, 3, 2, NONE};
    sampler.accept(1);
    assertThat(sampler.sample(logits, 0)).isEqualTo(2); // what cannot be stays so
    assertThat(sampler.sample(new float[] {1, 3, 2, 0}, 0)).isEqualTo(3);
    assertThat(logits).containsExactly(1, 3, 2, NONE);
  }

  @Test
  void stepsThatFailSayWhy() {
    refuses(scores -> scores.setLogit(0, Float.NaN), "a logit must be a number below infinity");
    refuses(scores -> scores.setLogit(0, Float.POSITIVE_INFINITY), "but is Infinity");
    refuses(scores -> scores.logit(2), "IndexOutOfBounds");
    refuses(scores -> scores.textToken(0), "IndexOutOfBounds");
    refuses(
        _ -> {
          throw new AssertionError("mine");
        },
        "a sampling step of the request failed: java.lang.AssertionError: mine");
    refuses(
        scores -> {
          scores.setLogit(0, NONE);
          scores.setLogit(1, NONE);
        },
        "a sampling step of the request ruled out every token");
  }

  private static void refuses(SamplingStep step, String message) {
    Sampler sampler = new Sampler(OFF.withStep(step), 0, 2);
    assertThatExceptionOfType(SamplingException.class)
        .isThrownBy(() -> sampler.sample(new float[] {1, 2}, 0))
        .withMessageContaining(message);
  }

  @Test
  void scoresAreValidDuringTheStepOnly() {
    AtomicReference<TokenScores> kept = new AtomicReference<>();
    Sampler sampler = new Sampler(OFF.withStep(kept::set), 0, 2);
    sampler.sample(new float[] {1, 2}, 0);
    assertThatIllegalStateException().isThrownBy(() -> kept.get().logit(0));
    assertThatIllegalStateException().isThrownBy(() -> kept.get().setLogit(0, 1));
    assertThatIllegalStateException().isThrownBy(() -> kept.get().textLength());
  }

  private static List<SamplingOptions> everyNarrowing() {
    return List.of(
        OFF.withTypicalP(0.2f),
        OFF.withTopNSigma(0.1f),
        OFF.withXtc(new Xtc(1, 0.01f)),
        OFF.withDynamicTemperature(DynamicTemperature.within(3)),
        OFF.withMirostat(new Mirostat(0.01f, 3)),
        OFF.withTopK(1).withTypicalP(0.1f).withTopP(0.1f).withMinP(1).withXtc(new Xtc(1, 1)));
  }

  private static List<Integer> ids(SamplingOptions options, float... logits) {
    Candidates candidates = new Sampler(options, 1, logits.length).narrow(logits, 0);
    return IntStream.range(0, candidates.size()).mapToObj(candidates::id).toList();
  }

  private static float[][] manyLogits(int vocabulary, int steps) {
    Random random = new Random(17);
    float[][] logits = new float[steps][vocabulary];
    for (float[] step : logits) {
      for (int i = 0; i < vocabulary; i++) {
        step[i] = (float) random.nextGaussian() * 3;
      }
    }
    return logits;
  }
}
