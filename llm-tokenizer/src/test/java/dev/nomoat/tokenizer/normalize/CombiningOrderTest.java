package dev.nomoat.tokenizer.normalize;

import static org.assertj.core.api.Assertions.assertThat;

import java.text.Normalizer;
import java.text.Normalizer.Form;
import java.time.Duration;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CombiningOrderTest {
  private static final int[] MARKS =
      IntStream.rangeClosed(0, 0x1FFFF)
          .filter(
              c ->
                  Character.getType(c) == Character.NON_SPACING_MARK
                      || Character.getType(c) == Character.COMBINING_SPACING_MARK)
          .toArray();

  /** What is itself taken apart, or joined with what is before it. */
  private static final String OTHERS = "a\uff9e\u30ab\u1100\u1161\uac00\u00e4\u01d5\u0344";

  @ParameterizedTest
  @EnumSource(Form.class)
  void sortedTextHasTheSameNormalForm(Form form) {
    var random = new Random(17);
    for (int round = 0; round < 1000; round++) {
      var text = new StringBuilder("e");
      for (int i = random.nextInt(90); i >= 0; i--) {
        text.appendCodePoint(
            random.nextInt(8) == 0
                ? OTHERS.charAt(random.nextInt(OTHERS.length()))
                : MARKS[random.nextInt(MARKS.length)]);
      }
      String sorted = CombiningOrder.sorted(text.toString(), form);
      assertThat(Normalizer.normalize(sorted, form)).isEqualTo(Normalizer.normalize(text, form));
    }
  }

  @Test
  void longRunsOfMarksTakeNoQuadraticTime() {
    String marks = "a" + "\u0301\u0323".repeat(200_000);
    long start = System.nanoTime();
    String sorted = CombiningOrder.sorted(marks, Form.NFC);
    String composed = Normalizer.normalize(sorted, Form.NFC);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
    assertThat(composed).startsWith("\u1ea1\u0323").endsWith("\u0301\u0301").hasSize(400_000);
  }
}
