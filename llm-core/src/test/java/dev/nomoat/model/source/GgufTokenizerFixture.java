package dev.nomoat.model.source;

import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufNumberArray;
import dev.nomoat.file.gguf.GgufStringArray;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.file.gguf.GgufWriter;
import dev.nomoat.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

/** A GGUF file with a vocabulary, written for each test anew. */
abstract class GgufTokenizerFixture {
  static final int NORMAL = 1;
  static final int UNKNOWN = 2;
  static final int CONTROL = 3;
  static final int USER_DEFINED = 4;
  static final int UNUSED = 5;
  static final int BYTE = 6;

  @TempDir Path folder;

  final Map<String, GgufValue> values = new LinkedHashMap<>();
  final List<String> tokens = new ArrayList<>();
  final List<Integer> types = new ArrayList<>();

  final void add(String token, int type) {
    tokens.add(token);
    types.add(type);
  }

  final void put(String key, GgufValue value) {
    values.put("tokenizer.ggml." + key, value);
  }

  final void putTokens() {
    put("tokens", GgufStringArray.of(tokens));
    put("token_type", GgufNumberArray.ofInts(types.stream().mapToInt(i -> i).toArray()));
  }

  final Tokenizer read() throws IOException {
    Path path = folder.resolve("model.gguf");
    var writer = new GgufWriter();
    values.forEach(writer::put);
    writer.write(path);
    try (GgufFile file = GgufFile.open(path)) {
      return GgufTokenizer.read(file);
    }
  }
}
