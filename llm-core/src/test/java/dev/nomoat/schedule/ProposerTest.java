package dev.nomoat.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nomoat.ModelStats;
import dev.nomoat.SamplingOptions;
import dev.nomoat.Speculation;
import dev.nomoat.Unhurried;
import dev.nomoat.sample.Sampler;
import dev.nomoat.schedule.SequenceTask.Terms;
import dev.nomoat.schedule.TestTask.End;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

@Unhurried
class ProposerTest {
  private static TestTask task(TinyModel model, int length, Speculation speculation) {
    Terms terms = new Terms(0, Long.MAX_VALUE, 40, speculation);
    Sampler sampler = new Sampler(SamplingOptions.defaults(), length, model.config.vocab());
    return new TestTask(model, model.prompt(length, length), sampler, terms);
  }

  private static List<TestTask> run(TinyModel model, Speculation speculation) throws Exception {
    List<TestTask> tasks = new ArrayList<>();
    for (int length : new int[] {3, 70, 20}) {
      tasks.add(task(model, length, speculation));
      model.scheduler.submit(tasks.getLast());
    }
    for (TestTask task : tasks) {
      assertThat(task.end()).isEqualTo(End.FINISHED);
    }
    return tasks;
  }

  /** Where sequences have others, it guesses nothing. */
  @Test
  void aDraftModelMayHaveFewerTokens() throws Exception {
    try (TinyModel model = TinyModel.drafted("fewer", 2, 10, 10)) {
      List<List<Integer>> expected = tokens(run(model, Speculation.OFF));
      assertThat(tokens(run(model, Speculation.DRAFT))).isEqualTo(expected);
      assertThat(model.usedPages()).isZero();
      assertThat(model.scheduler.stats().proposedTokens()).isZero();
    }
  }

  private static List<List<Integer>> tokens(List<TestTask> tasks) {
    return tasks.stream().map(task -> List.copyOf(task.tokens)).toList();
  }

  @Test
  void aDraftModelThatFailsIsDoneWithout() throws Exception {
    List<List<Integer>> expected;
    try (TinyModel model = TinyModel.small("alone", 1)) {
      expected = tokens(run(model, Speculation.OFF));
    }
    // it has no embedding of tokens that the prompts have
    try (TinyModel model = TinyModel.drafted("failing", 2, 10, 97)) {
      assertThat(tokens(run(model, Speculation.DRAFT))).isEqualTo(expected);
      assertThat(model.usedPages()).isZero();
      assertThat(tokens(run(model, Speculation.DRAFT))).isEqualTo(expected);
      assertThat(tokens(run(model, Speculation.LOOKUP))).isEqualTo(expected);
      assertThat(model.usedPages()).isZero();
      ModelStats stats = model.scheduler.stats();
      assertThat(stats.finished()).isEqualTo(9);
      assertThat(stats.failed()).isZero();
    }
  }
}
