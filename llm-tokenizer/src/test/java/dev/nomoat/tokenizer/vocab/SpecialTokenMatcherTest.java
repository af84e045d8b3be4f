package dev.nomoat.tokenizer.vocab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SpecialTokenMatcherTest {
  @Test
  void findsTheLongestAtTheFirstPlace() {
    var random = new Random(3);
    for (int round = 0; round < 2000; round++) {
      List<String> specials = new ArrayList<>();
      var builder = new SpecialTokenMatcher.Builder();
      for (int i = random.nextInt(8); i > 0; i--) {
        String special = letters(random, random.nextInt(5));
        if (!specials.contains(special)) {
          builder.add(specials.size(), Utf8.encode(special));
          specials.add(special);
        }
      }
      SpecialTokenMatcher matcher = builder.build();
      String text = letters(random, random.nextInt(20));

      // A token counts only where it touches none of the forbidden places.
      boolean[] forbidden = new boolean[text.length()];
      for (int i = 0; i < forbidden.length; i++) {
        forbidden[i] = round % 2 == 1 && random.nextInt(4) == 0;
      }
      SpecialTokenMatcher.Place place = (_, from, to) -> isFree(forbidden, from, to);

      int bestAt = -1;
      String best = "";
      for (int at = 0; at < text.length() && bestAt < 0; at++) {
        for (String special : specials) {
          if (special.length() > best.length()
              && text.startsWith(special, at)
              && isFree(forbidden, at, at + special.length())) {
            bestAt = at;
            best = special;
          }
        }
      }

      long found = matcher.find(Utf8.encode(text), 0, text.length(), place);
      if (bestAt < 0) {
        assertThat(found).isEqualTo(SpecialTokenMatcher.NONE);
      } else {
        assertThat((int) (found >>> 32)).isEqualTo(bestAt);
        assertThat(specials.get(matcher.id((int) found))).isEqualTo(best);
        assertThat(matcher.length((int) found)).isEqualTo(best.length());
      }
    }
  }

  private static boolean isFree(boolean[] forbidden, int from, int to) {
    for (int i = from; i < to; i++) {
      if (forbidden[i]) {
        return false;
      }
    }
    return true;
  }

  private static String letters(Random random, int length) {
    var text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) ('a' + random.nextInt(3)));
    }
    return text.toString();
  }
}
