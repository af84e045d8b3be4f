package dev.nomoat.tokenizer.vocab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class CachingEncoderTest {
  private int encoded;

  /** Gives every byte, and overwrites it, as encoders may. */
  private TextSink bytes(TokenSink sink) {
    return (text, from, to) -> {
      encoded++;
      for (int at = from; at < to; at++) {
        sink.accept(text[at], at, at + 1);
        text[at] = 0;
      }
    };
  }

  private static List<Integer> encode(SegmentEncoder encoder, String text) {
    List<Integer> ids = new ArrayList<>();
    byte[] utf8 = Utf8.withRoom(Utf8.encode(text), 1);
    encoder.open((id, from, to) -> ids.add(id)).accept(utf8, 1, utf8.length);
    return ids;
  }

  private static List<Integer> expected(String text) {
    return text.chars().boxed().toList();
  }

  @Test
  void encodesAWordOnce() {
    var encoder = new CachingEncoder(this::bytes);
    for (int i = 0; i < 3; i++) {
      assertThat(encode(encoder, "word")).isEqualTo(expected("word"));
      assertThat(encode(encoder, "ward")).isEqualTo(expected("ward"));
    }
    assertThat(encoded).isEqualTo(2);
  }

  @Test
  void doesNotRememberWhatIsLong() {
    var encoder = new CachingEncoder(this::bytes);
    String text = "x".repeat(33);
    assertThat(encode(encoder, text)).isEqualTo(expected(text));
    assertThat(encode(encoder, text)).isEqualTo(expected(text));
    assertThat(encoded).isEqualTo(2);
  }

  @Test
  void leavesPlacesToTheEncoder() {
    var encoder = new CachingEncoder(this::bytes);
    List<Integer> places = new ArrayList<>();
    var sink =
        new TokenSink() {
          @Override
          public void accept(int id, int from, int to) {
            places.add(from);
          }

          @Override
          public boolean wantsPlaces() {
            return true;
          }
        };
    for (int i = 0; i < 2; i++) {
      encoder.open(sink).accept(new byte[] {0, 'a', 'b'}, 1, 3);
    }
    assertThat(places).containsExactly(1, 2, 1, 2);
  }

  @Test
  void staysRightWhenWordsTakeEachOthersPlaceAndThreadsRace() throws Exception {
    var encoder = new CachingEncoder(this::bytes);
    Callable<Boolean> task =
        () -> {
          var random = new Random(1);
          for (int i = 0; i < 200_000; i++) {
            String word = Integer.toString(random.nextInt(100_000), 36);
            if (!encode(encoder, word).equals(expected(word))) {
              return false;
            }
          }
          return true;
        };
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      for (Future<Boolean> right : threads.invokeAll(List.of(task, task))) {
        assertThat(right.get()).isTrue();
      }
    }
  }
}
