package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Vectors have the same bits in all JVMs in which the subclasses run; the digests may change only
 * together with the arithmetic.
 */
abstract class EncoderBits {
  @ParameterizedTest
  @CsvSource({
    "bert, F32, 889ac5d66df80be8",
    "bert, F16, 2ea295242ae4667f",
    "bert, Q8_0, 89a8fc4a012257e4"
  })
  void vectorsHaveTheSameBits(String family, CacheType cache, String digest) throws IOException {
    List<String> texts = Encoders.texts(family);
    for (int threads = 1; threads <= 3; threads++) {
      LoadOptions options = LoadOptions.defaults().withThreads(threads).withCacheType(cache);
      try (LanguageModel model = LanguageModel.load(Encoders.file(family), options)) {
        int dim = model.info().dim();
        float[] all = new float[texts.size() * dim];
        List<float[]> vectors = model.embed(texts);
        for (int text = 0; text < texts.size(); text++) {
          System.arraycopy(vectors.get(text), 0, all, text * dim, dim);
        }
        assertThat(StoryBits.digest(all)).as("%d threads", threads).isEqualTo(digest);
      }
    }
  }
}
