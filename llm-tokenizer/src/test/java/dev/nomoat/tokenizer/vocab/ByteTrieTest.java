package dev.nomoat.tokenizer.vocab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteTrieTest {
  private static int value(ByteTrie trie, String text) {
    int node = ByteTrie.ROOT;
    for (byte label : text.getBytes(StandardCharsets.ISO_8859_1)) {
      node = trie.child(node, label);
      if (node == ByteTrie.NONE) {
        return ByteTrie.NONE;
      }
    }
    return trie.value(node);
  }

  private static String random(Random random) {
    var text = new StringBuilder();
    for (int length = 1 + random.nextInt(5); length > 0; length--) {
      text.append((char) (random.nextInt(6) * 51));
    }
    return text.toString();
  }

  @Test
  void hasWhatWasPutIntoIt() {
    var random = new Random(3);
    var trie = new ByteTrie();
    Map<String, Integer> all = new HashMap<>();
    assertThat(value(trie, "a")).isEqualTo(ByteTrie.NONE);
    for (int i = 0; i < 2_000; i++) {
      String text = random(random);
      trie.put(text.getBytes(StandardCharsets.ISO_8859_1), i);
      all.putIfAbsent(text, i);
    }
    for (int i = 0; i < 5_000; i++) {
      String text = random(random);
      assertThat(value(trie, text)).isEqualTo(all.getOrDefault(text, ByteTrie.NONE));
    }
    assertThat(trie.strings().map(bytes -> new String(bytes, StandardCharsets.ISO_8859_1)))
        .containsExactlyInAnyOrderElementsOf(all.keySet());
  }
}
