package dev.nomoat.tokenizer.unigram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.nomoat.tokenizer.vocab.ByteTrie;
import dev.nomoat.tokenizer.vocab.Utf8;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnigramEncoderTest {
  private static final List<String> TOKENS =
      List.of("<unk>", "_", "a", "b", "_a", "_b", "ab", "ba", "__", "aab", "_ab", "bb");

  /** Scores as models have them, and a further one that makes sums inexact, for no token. */
  private static UnigramEncoder encoder(double further) {
    var trie = new ByteTrie();
    double[] scores = new double[TOKENS.size() + 1];
    for (int id = 1; id < TOKENS.size(); id++) {
      trie.put(Utf8.encode(TOKENS.get(id).replace('_', '\u2581')), id);
      // Many equal sums, and some scores that are no multiples of anything simple.
      scores[id] = id % 3 == 0 ? (float) -Math.sqrt(id) : -TOKENS.get(id).length();
    }
    scores[TOKENS.size()] = further;
    int[] noBytes = new int[256];
    Arrays.fill(noBytes, -1);
    return new UnigramEncoder(trie, scores, -9, 0, noBytes, UnigramEncoder.Sums.DOUBLE);
  }

  private static List<Integer> encode(UnigramEncoder encoder, String text) {
    List<Integer> ids = new ArrayList<>();
    byte[] utf8 = Utf8.withRoom(Utf8.encode(text), 1);
    encoder.open((id, from, to) -> ids.add(id)).accept(utf8, 1, utf8.length);
    return ids;
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1e29, 1e308, Double.NEGATIVE_INFINITY, Double.NaN})
  void refusesScoresWhoseSumsOverflow(double score) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> encoder(score))
        .withMessage("Token 12 has the score " + score);
    assertThat(UnigramEncoder.isScore(score)).isFalse();
    assertThat(encode(encoder(-1e28), "ab")).containsExactly(6);
  }

  @Test
  void wordsAloneBecomeWhatTheyBecomeInTheText() {
    UnigramEncoder byWords = encoder(0);
    UnigramEncoder whole = encoder(Math.PI);
    var random = new Random(11);
    for (int i = 0; i < 3_000; i++) {
      var text = new StringBuilder();
      for (int length = 1 + random.nextInt(80); length > 0; length--) {
        text.append("aaabb\u2581\u2581x\u00e9".charAt(random.nextInt(9)));
      }
      assertThat(encode(byWords, text.toString())).isEqualTo(encode(whole, text.toString()));
    }
  }
}
