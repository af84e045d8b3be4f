package dev.nomoat.sample;

import dev.nomoat.SamplingStep;
import dev.nomoat.TokenScores;
import java.util.List;
import java.util.Objects;

/** The steps of the caller, which see the candidates through a window that only they can open. */
final class CustomSteps implements SamplerStep {
  private final SamplingStep[] steps;
  private final View view = new View();
  private final TokenHistory text = new TokenHistory(Integer.MAX_VALUE);

  private Candidates candidates;
  private boolean open;

  /**
   * Starts with nothing seen.
   *
   * @param steps one or more
   * @param candidates those that they will be applied to
   */
  CustomSteps(List<SamplingStep> steps, Candidates candidates) {
    this.steps = steps.toArray(SamplingStep[]::new);
    this.candidates = candidates;
  }

  @Override
  public void accept(int token) {
    text.add(token);
  }

  @Override
  public void apply(Candidates candidates) {
    this.candidates = candidates;
    open = true;
    try {
      for (SamplingStep step : steps) {
        step.apply(view);
      }
    } catch (Throwable e) { // an error of the caller's code must not end more than this generation
      throw new SamplingException("a sampling step of the request failed: " + e, e);
    } finally {
      open = false;
    }
    if (!candidates.anyPossible()) {
      throw new SamplingException("a sampling step of the request ruled out every token", null);
    }
  }

  private final class View implements TokenScores {
    @Override
    public int vocabularySize() {
      return candidates().vocabulary();
    }

    @Override
    public float logit(int token) {
      return candidates().logitOf(token);
    }

    @Override
    public void setLogit(int token, float logit) {
      if (!(logit < Float.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "a logit must be a number below infinity, but is " + logit);
      }
      if (candidates().logitOf(token) != Float.NEGATIVE_INFINITY) {
        candidates.setLogitOf(token, logit);
      }
    }

    @Override
    public int textLength() {
      candidates();
      return text.size();
    }

    @Override
    public int textToken(int index) {
      candidates();
      return text.get(Objects.checkIndex(index, text.size()));
    }

    private Candidates candidates() {
      if (!open) {
        throw new IllegalStateException("the scores are valid during the step only");
      }
      return candidates;
    }
  }
}
