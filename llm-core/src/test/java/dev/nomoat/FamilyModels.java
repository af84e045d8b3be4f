package dev.nomoat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Tiny models with random weights, one or more of each family, with the logits that transformers
 * computed from the same weights in f32. Windows are shorter than the text.
 */
final class FamilyModels {
  /** Logits of a token. */
  private static final int VOCAB = 264;

  /** The last tokens of the text, whose logits are kept. */
  private static final int KEPT = 24;

  private static final String TEXT =
      "Once upon a time there was a little fox named Pip. Pip loved to play on top of the hill. 12"
          + " ducks!";

  /** The bytes of the text behind the token that begins it. */
  static int[] ids() {
    byte[] bytes = TEXT.getBytes(StandardCharsets.UTF_8);
    int[] ids = new int[bytes.length + 1];
    ids[0] = 256;
    for (int i = 0; i < bytes.length; i++) {
      ids[i + 1] = bytes[i];
    }
    return ids;
  }

  static float[] expected(String family) throws IOException {
    String name = "/dev/nomoat/families/" + family + ".logits";
    try (InputStream in = Objects.requireNonNull(FamilyModels.class.getResourceAsStream(name))) {
      float[] logits = new float[KEPT * VOCAB];
      ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(logits);
      return logits;
    }
  }

  static Path path(String name) throws URISyntaxException {
    String resource = "/dev/nomoat/families/" + name;
    return Path.of(Objects.requireNonNull(FamilyModels.class.getResource(resource)).toURI());
  }

  static float[] kept(float[] logits) {
    return Arrays.copyOfRange(logits, logits.length - KEPT * VOCAB, logits.length);
  }

  /** The names of the references in a folder. */
  static List<String> references(String folder) throws IOException, URISyntaxException {
    String end = ".logits";
    try (Stream<Path> files = Files.list(path(folder))) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.endsWith(end))
          .map(name -> name.substring(0, name.length() - end.length()))
          .sorted()
          .toList();
    }
  }

  private FamilyModels() {}
}
