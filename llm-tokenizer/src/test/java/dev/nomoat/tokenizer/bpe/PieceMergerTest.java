package dev.nomoat.tokenizer.bpe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Compares merging with the definition: look at all neighbours, merge the first of the lowest rank,
 * start again.
 */
class PieceMergerTest {
  private static final byte[] NO_TEXT = new byte[10_000];

  /**
   * Some pairs of 40 symbols merge; ranks repeat, so that the leftmost of equals is tested as well.
   */
  private static MergeRule randomRule(Random random) {
    long[] answers = new long[40 * 40];
    for (int i = 0; i < answers.length; i++) {
      answers[i] =
          random.nextInt(4) == 0
              ? (long) random.nextInt(60) << 32 | random.nextInt(40)
              : MergeRule.NONE;
    }
    return (left, right, _, _, _) -> answers[left * 40 + right];
  }

  @Test
  void mergesAsDefinedWhateverTheLength() {
    var random = new Random(23);
    for (int round = 0; round < 150; round++) {
      MergeRule rule = randomRule(random);
      var merger = new PieceMerger(rule);
      for (int length : new int[] {0, 1, 2, 3, 10, 63, 64, 65, 66, 130, 400}) {
        List<int[]> symbols = new ArrayList<>();
        merger.clear();
        for (int i = 0; i < length; i++) {
          int id = random.nextInt(round % 2 == 0 ? 4 : 40);
          merger.add(id, 2 * i);
          symbols.add(new int[] {id, 2 * i});
        }
        int count = merger.merge(NO_TEXT, 2 * length);
        mergeByDefinition(symbols, rule);

        List<int[]> merged = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          merged.add(new int[] {merger.id(i), merger.start(i)});
        }
        assertThat(merged).usingRecursiveComparison().isEqualTo(symbols);
        assertThat(merger.start(count)).isEqualTo(2 * length);
      }
    }
  }

  private static void mergeByDefinition(List<int[]> symbols, MergeRule rule) {
    while (true) {
      int best = -1;
      long bestAnswer = MergeRule.NONE;
      for (int i = 0; i + 1 < symbols.size(); i++) {
        long answer = rule.find(symbols.get(i)[0], symbols.get(i + 1)[0], NO_TEXT, 0, 0);
        if (MergeRule.rank(answer) < MergeRule.rank(bestAnswer)) {
          best = i;
          bestAnswer = answer;
        }
      }
      if (best < 0) {
        return;
      }
      symbols.get(best)[0] = (int) bestAnswer;
      symbols.remove(best + 1);
    }
  }

  @Test
  void tellsTheRuleTheTextOfBothSymbols() {
    List<String> asked = new ArrayList<>();
    var merger =
        new PieceMerger(
            (left, right, _, from, to) -> {
              asked.add("%d %d [%d, %d)".formatted(left, right, from, to));
              return left == 1 ? 9 : MergeRule.NONE;
            });
    merger.add(1, 5);
    merger.add(2, 6);
    merger.add(3, 8);
    assertThat(merger.merge(NO_TEXT, 11)).isEqualTo(2);
    assertThat(asked).containsExactly("1 2 [5, 8)", "2 3 [6, 11)", "9 3 [5, 11)");
  }
}
