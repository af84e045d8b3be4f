package dev.nomoat.benchmarks.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;

/** Text that is made up, the same for every seed: words in about the frequencies of Zipf's law. */
enum Corpus {
  /** Sentences of Latin words. */
  ENGLISH {
    @Override
    void append(StringBuilder text, Words words) {
      int length = 4 + words.random.nextInt(20);
      for (int i = 0; i < length; i++) {
        String word = words.next("abcdefghijklmnopqrstuvwxyz");
        text.append(i == 0 ? Character.toUpperCase(word.charAt(0)) + word.substring(1) : word);
        text.append(i + 1 == length ? ".\n" : words.random.nextInt(12) == 0 ? ", " : " ");
      }
    }
  },

  /** Indented lines of calls, assignments and comments. */
  CODE {
    @Override
    void append(StringBuilder text, Words words) {
      String letters = "abcdefghijklmnopqrstuvwxyz";
      String indent = "  ".repeat(words.random.nextInt(5));
      String a = words.next(letters);
      String b = words.next(letters);
      String camel = a + Character.toUpperCase(b.charAt(0)) + b.substring(1);
      int number = words.random.nextInt(1 << words.random.nextInt(20));
      text.append(indent)
          .append(
              switch (words.random.nextInt(6)) {
                case 0 -> "// " + a + " " + b + " the " + words.next(letters);
                case 1 -> "int " + camel + " = " + a + "[" + number + "] + " + b + ";";
                case 2 -> "if (" + camel + " != null && !" + a + ".isEmpty()) {";
                case 3 -> "return " + a + "." + camel + "(" + b + ", \"" + a + "_" + b + "\");";
                case 4 -> "}";
                default -> "this." + a + "." + b + "(" + camel + " -> 0x" + number + "L);";
              })
          .append('\n');
    }
  },

  /** Lines in ten scripts, with marks, emoji and text without spaces. */
  MIXED {
    private static final List<String> SCRIPTS =
        List.of(
            "aàâbcçdeéèêëfghiîïjklmnoôpqrsßtuùûüvwxyz",
            "абвгдежзийклмнопрстуфхцчшщъыьэюя",
            "αβγδεζηθικλμνξοπρστυφχψω",
            "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
            "אבגדהוזחטיכלמנסעפצקרשת",
            "कखगघचछजझटठडढणतथदधनपफबभमयरलवशसह\u093e\u093f\u0940\u0941\u0947\u094b\u094d",
            "กขคงจฉชซญดตถทนบปผพฟมยรลวสหอ\u0e31\u0e34\u0e35\u0e38\u0e48\u0e49",
            "的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生",
            "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもアイウエオカキク",
            "가나다라마바사아자차카타파하고는이을의에도한국어서로");

    @Override
    void append(StringBuilder text, Words words) {
      String letters = SCRIPTS.get(words.random.nextInt(SCRIPTS.size()));
      boolean spaces = letters.charAt(0) < '\u0e00' || letters.charAt(0) >= '\uac00';
      int length = 3 + words.random.nextInt(12);
      for (int i = 0; i < length; i++) {
        text.append(words.next(letters)).append(spaces ? " " : "");
      }
      text.append(words.random.nextInt(8) == 0 ? "\ud83d\ude42\n" : "\n");
    }
  };

  /** The number of bytes of a text. */
  static final int SIZE = 1_000_000;

  /** Chooses words. */
  static final class Words {
    private static final int WORDS = 20_000;

    private final Random random;

    Words(long seed) {
      random = new Random(seed);
    }

    /** A word of some letters; the n-th most frequent one is chosen with a probability of 1/n. */
    String next(String letters) {
      int number = (int) Math.pow(WORDS, random.nextDouble());
      var spelling = new Random(number * 31L + letters.hashCode());
      int length = 1 + spelling.nextInt(2 + 2 * (int) Math.log10(10.0 * number));
      var word = new StringBuilder();
      for (int i = 0; i < length; i++) {
        // The first letters of an alphabet are frequent.
        double place = spelling.nextDouble();
        word.append(letters.charAt((int) (place * place * letters.length())));
      }
      return word.toString();
    }
  }

  /** Appends a line. */
  abstract void append(StringBuilder text, Words words);

  /** A text of {@link #SIZE} bytes in UTF-8, or up to three fewer. */
  String text(long seed) {
    var words = new Words(seed);
    var text = new StringBuilder(SIZE);
    // A character takes a byte at least, and the last line may be cut.
    while (text.length() < SIZE) {
      append(text, words);
    }
    byte[] utf8 = text.toString().getBytes(StandardCharsets.UTF_8);
    int end = SIZE;
    while ((utf8[end] & 0xC0) == 0x80) {
      end--;
    }
    return new String(utf8, 0, end, StandardCharsets.UTF_8);
  }

  /** Where a word begins: at a space or a mark that does not follow a space. */
  private static final Pattern WORD_START = Pattern.compile("(?<=[^ ])(?=[ \n.,()\\[\\];\"])");

  /** The words of texts of all kinds with the spaces before them, the most frequent first. */
  static List<String> frequentWords(long seed) {
    var counts = new HashMap<String, Integer>();
    for (Corpus corpus : values()) {
      WORD_START
          .splitAsStream(corpus.text(seed))
          .forEach(word -> counts.merge(word, 1, Integer::sum));
    }
    List<String> words = new ArrayList<>(counts.keySet());
    words.sort(
        Comparator.comparingInt((String word) -> -counts.getOrDefault(word, 0))
            .thenComparing(word -> word));
    return words;
  }
}
