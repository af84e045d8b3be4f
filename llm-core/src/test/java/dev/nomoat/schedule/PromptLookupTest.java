package dev.nomoat.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PromptLookupTest {
  private static int[] propose(PromptLookup lookup, int most, int... tokens) {
    int[] roomy = Arrays.copyOf(tokens, tokens.length + most);
    int count = lookup.propose(roomy, tokens.length, most);
    return Arrays.copyOfRange(roomy, tokens.length, tokens.length + count);
  }

  @Test
  void whatFollowedTheLastTokensIsProposed() {
    int[] tokens = {1, 2, 3, 4, 5, 6, 9, 2, 3, 4};
    assertThat(propose(new PromptLookup(), 3, tokens)).containsExactly(5, 6, 9);
  }

  @Test
  void threeTokensCountMoreThanTwo() {
    int[] tokens = {1, 2, 3, 7, 8, 2, 3, 9, 9, 1, 2, 3};
    assertThat(propose(new PromptLookup(), 1, tokens)).containsExactly(7);
  }

  @Test
  void theLastPlaceCounts() {
    int[] tokens = {1, 2, 3, 1, 2, 4, 8, 1, 2};
    assertThat(propose(new PromptLookup(), 2, tokens)).containsExactly(4, 8);
  }

  @Test
  void whatRepeatsItselfGoesOn() {
    assertThat(propose(new PromptLookup(), 5, 7, 8, 7, 8)).containsExactly(7, 8, 7, 8, 7);
    assertThat(propose(new PromptLookup(), 3, 7, 7, 7)).containsExactly(7, 7, 7);
  }

  @Test
  void nothingIsProposedForWhatIsNew() {
    assertThat(propose(new PromptLookup(), 4, 1)).isEmpty();
    assertThat(propose(new PromptLookup(), 4, 1, 2)).isEmpty();
    assertThat(propose(new PromptLookup(), 4, 1, 2, 1)).isEmpty();
    assertThat(propose(new PromptLookup(), 4, 1, 2, 3, 4, 5, 6)).isEmpty();
  }

  @Test
  void aGrowingSequenceIsFoundAsIfItWereNew() {
    Random random = new Random(3);
    int[] tokens = random.ints(3000, 0, 12).toArray();
    PromptLookup growing = new PromptLookup();
    for (int length = 1; length < tokens.length; length += 1 + random.nextInt(4)) {
      int[] now = Arrays.copyOf(tokens, length);
      assertThat(propose(growing, 4, now)).isEqualTo(expected(now, 4));
    }
  }

  private static int[] expected(int[] tokens, int most) {
    for (int n = 3; n >= 2; n--) {
      for (int end = tokens.length - 1; end >= n; end--) {
        if (Arrays.equals(
            tokens, end - n, end, tokens, Math.max(0, tokens.length - n), tokens.length)) {
          int[] found = Arrays.copyOf(tokens, tokens.length + most);
          for (int i = 0; i < most; i++) {
            found[tokens.length + i] = found[end + i];
          }
          return Arrays.copyOfRange(found, tokens.length, found.length);
        }
      }
    }
    return new int[0];
  }
}
