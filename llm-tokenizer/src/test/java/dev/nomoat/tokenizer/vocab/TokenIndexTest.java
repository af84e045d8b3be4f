package dev.nomoat.tokenizer.vocab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TokenIndexTest {
  @Test
  void findsWhatAMapFinds() {
    var random = new Random(5);
    List<byte[]> tokens = new ArrayList<>();
    Map<String, Integer> expected = new HashMap<>();
    for (int id = 0; id < 20_000; id++) {
      byte[] token = bytes(random);
      tokens.add(token);
      if (token.length > 0 && id % 3 > 0) {
        expected.putIfAbsent(key(token), id);
      }
    }
    int[] indexed = IntStream.range(0, tokens.size()).filter(id -> id % 3 > 0).toArray();
    TokenIndex index = TokenIndex.of(TokenBytes.of(tokens), indexed);
    for (int i = 0; i < 100_000; i++) {
      byte[] token = i < tokens.size() ? tokens.get(i) : bytes(random);
      if (token.length > 0) {
        byte[] text = Arrays.copyOf(Utf8.withRoom(token, 3), token.length + 5);
        assertThat(index.find(text, 3, 3 + token.length))
            .isEqualTo(expected.getOrDefault(key(token), TokenIndex.NONE));
      }
    }
  }

  /** Short ones of few letters, so that most occur twice, and long ones. */
  private static byte[] bytes(Random random) {
    byte[] token = new byte[random.nextInt(4) == 0 ? random.nextInt(40) : random.nextInt(10)];
    for (int i = 0; i < token.length; i++) {
      token[i] = (byte) random.nextInt(3);
    }
    return token;
  }

  private static String key(byte[] token) {
    return new String(token, StandardCharsets.ISO_8859_1);
  }
}
