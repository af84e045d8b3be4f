package dev.nomoat.tokenizer;

import static dev.nomoat.tokenizer.Vocabularies.byteLevel;
import static dev.nomoat.tokenizer.Vocabularies.control;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class EmojiSequencesTest {
  private static final String JOINER = "\u200d";
  private static final String EMOJI_STYLE = "\ufe0f";
  private static final String MAN = "\ud83d\udc68";
  private static final String WOMAN = "\ud83d\udc69";
  private static final String GIRL = "\ud83d\udc67";
  private static final String HEART = "\u2764";
  private static final String DARK = "\ud83c\udfff";
  private static final String LIGHT = "\ud83c\udffb";
  private static final int CONTROL = 256;
  private static final Tokenizer BYTES =
      Tokenizer.of(byteLevel(PreTokenizer.GPT2, false, List.of(), control("<b>")));

  /** One of each kind in Unicode Technical Standard 51. */
  static final List<String> SEQUENCES =
      List.of(
          "\ud83d\ude00",
          "\u00a9",
          "\u00a9" + EMOJI_STYLE,
          HEART + "\ufe0e",
          HEART + EMOJI_STYLE,
          WOMAN + DARK,
          "\u261d" + LIGHT,
          "\ud83c\udde9\ud83c\uddea",
          MAN + JOINER + WOMAN + JOINER + GIRL + JOINER + GIRL,
          MAN
              + LIGHT
              + JOINER
              + HEART
              + EMOJI_STYLE
              + JOINER
              + "\ud83d\udc8b"
              + JOINER
              + MAN
              + DARK,
          "\ud83c\udff3" + EMOJI_STYLE + JOINER + "\ud83c\udf08",
          "\ud83c\udff3" + EMOJI_STYLE + JOINER + "\u26a7" + EMOJI_STYLE,
          WOMAN + JOINER + "\u2695" + EMOJI_STYLE,
          "\ud83d\udc08" + JOINER + "\u2b1b",
          "\ud83d\udc41" + EMOJI_STYLE + JOINER + "\ud83d\udde8" + EMOJI_STYLE,
          "\ud83d\udeb6" + DARK + JOINER + "\u2640" + EMOJI_STYLE + JOINER + "\u27a1" + EMOJI_STYLE,
          "\ud83d\udd1e" + "\u20e0",
          "\ud83c\udff4" + tags("gbsct") + "\udb40\udc7f");

  private static String tags(String text) {
    return text.chars()
        .mapToObj(c -> Character.toString(0xE0000 + c))
        .collect(Collectors.joining());
  }

  /** What each byte of a text gives, and at last the end. */
  private static List<String> pieces(String text) {
    StreamingDecoder decoder = StreamingDecoder.ofContinuation(BYTES);
    List<String> pieces = new ArrayList<>();
    for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
      pieces.add(decoder.accept(value & 0xFF));
    }
    pieces.add(decoder.finish());
    pieces.removeIf(String::isEmpty);
    return pieces;
  }

  @ParameterizedTest
  @FieldSource("SEQUENCES")
  void comeWholeHoweverTheyAreCut(String sequence) {
    List<String> pieces =
        isFlag(sequence) ? List.of("a", sequence, "b") : List.of("a", sequence + "b");
    assertThat(pieces("a" + sequence + "b")).isEqualTo(pieces);
    assertThat(pieces("a" + sequence)).containsExactly("a", sequence);
    int length = sequence.length();
    for (int cut = 0; cut <= length; cut++) {
      var emoji = new EmojiSequences();
      if (cut == 0 || cut == length || !Character.isLowSurrogate(sequence.charAt(cut))) {
        String first = emoji.accept("a" + sequence.substring(0, cut));
        String second = emoji.accept(sequence.substring(cut) + "b");
        assertThat(first).isEqualTo(isFlag(sequence) && cut == length ? "a" + sequence : "a");
        assertThat(first + second).isEqualTo("a" + sequence + "b");
        assertThat(emoji.finish()).isEmpty();
      }
    }
  }

  private static boolean isFlag(String sequence) {
    return sequence.startsWith("\ud83c\udde9");
  }

  @ParameterizedTest
  @FieldSource("SEQUENCES")
  void comeWithTheNextOneOrATokenWithoutText(String sequence) {
    for (String next : SEQUENCES) {
      assertThat(pieces(sequence + next)).containsExactly(sequence, next);
    }
    StreamingDecoder decoder = StreamingDecoder.ofContinuation(BYTES);
    var text = new StringBuilder();
    for (byte value : sequence.getBytes(StandardCharsets.UTF_8)) {
      text.append(decoder.accept(value & 0xFF));
    }
    text.append(decoder.accept(CONTROL));
    assertThat(text.toString()).isEqualTo(sequence);
    assertThat(decoder.finish()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a", " ", "\n", "7", "#", "*", "\u00e9", "\u4f60", "\uac00", "\u0905", "\u0301", JOINER,
        "\u2192"
      })
  void otherTextDoesNotWait(String text) {
    var emoji = new EmojiSequences();
    assertThat(emoji.accept(text)).isSameAs(text);
    assertThat(emoji.accept("x" + text)).isEqualTo("x" + text);
    assertThat(emoji.finish()).isEmpty();
  }

  @Test
  void theMarksOfAKeycapComeTogetherAndTheDigitAtOnce() {
    assertThat(pieces("1" + EMOJI_STYLE + "\u20e3x")).containsExactly("1", EMOJI_STYLE + "\u20e3x");
  }

  @Test
  void flagsArePairs() {
    String a = "\ud83c\udde6";
    assertThat(pieces(a + a + a + a + a + "b")).containsExactly(a + a, a + a, a + "b");
    assertThat(pieces(a + EMOJI_STYLE + a)).containsExactly(a, EMOJI_STYLE, a);
  }

  @Test
  void aJoinerThatJoinsNothingEndsASequence() {
    assertThat(pieces(MAN + JOINER + "a")).containsExactly(MAN + JOINER + "a");
    assertThat(pieces(MAN + JOINER + JOINER + WOMAN)).containsExactly(MAN + JOINER + JOINER, WOMAN);
  }

  @ParameterizedTest
  @ValueSource(strings = {MAN + JOINER, DARK, EMOJI_STYLE, "\u20e3", "\udb40\udc67"})
  void theTextHeldBackIsBounded(String part) {
    var emoji = new EmojiSequences();
    StringBuilder text = new StringBuilder(emoji.accept(MAN));
    for (int i = 0; i < 10_000; i++) {
      text.append(emoji.accept(part));
      assertThat(text.length()).isGreaterThanOrEqualTo((i + 1) * part.length() + 2 - 32);
    }
    text.append(emoji.finish());
    assertThat(text.toString()).isEqualTo(MAN + part.repeat(10_000));
  }

  @Test
  void nothingIsLost() {
    var random = new Random(51);
    for (int round = 0; round < 5_000; round++) {
      var emoji = new EmojiSequences();
      var whole = new StringBuilder();
      var given = new StringBuilder();
      for (int i = random.nextInt(12); i > 0; i--) {
        String sequence = SEQUENCES.get(random.nextInt(SEQUENCES.size()));
        int from =
            sequence.offsetByCodePoints(
                0, random.nextInt(sequence.codePointCount(0, sequence.length())));
        String piece =
            random.nextInt(3) > 0 ? sequence.substring(from) : RandomText.next(random, 1);
        whole.append(piece);
        given.append(
            random.nextInt(9) > 0
                ? emoji.accept(piece)
                : emoji.copy().accept("") + emoji.accept(piece));
      }
      assertThat(given.append(emoji.finish()).toString()).isEqualTo(whole.toString());
    }
  }
}
