package dev.nomoat.file.safetensors;

import dev.nomoat.tokenizer.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes safetensors files and indexes, independently of the reader. */
final class SafetensorsBytes {
  private final StringBuilder members = new StringBuilder();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();

  /** A file with any header, right or wrong. */
  static byte[] file(String header, byte... data) {
    byte[] utf8 = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + utf8.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(utf8.length)
        .put(utf8)
        .put(data)
        .array();
  }

  /** The description of one tensor, with its name. */
  static String describe(String name, String dtype, String shape, long begin, long end) {
    return "%s:{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
        .formatted(json(name), dtype, shape, begin, end);
  }

  /** An index of tensors and the files that hold them. */
  static Path writeIndex(Path file, Map<String, String> weightMap) throws IOException {
    StringBuilder out = new StringBuilder("{\"metadata\":{\"total_size\":1},\"weight_map\":");
    String before = "{";
    for (var entry : new TreeMap<>(weightMap).entrySet()) {
      out.append(before).append(json(entry.getKey())).append(": ").append(json(entry.getValue()));
      before = ",\n";
    }
    return Files.writeString(file, out.append("}}\n"));
  }

  SafetensorsBytes metadata(String key, String value) {
    return member("\"__metadata__\":{" + json(key) + ":" + json(value) + "}");
  }

  SafetensorsBytes tensor(String name, SafetensorsType type, List<Long> shape, byte... bytes) {
    int begin = data.size();
    data.writeBytes(bytes);
    return member(
        describe(name, type.name(), shape.toString().replace(" ", ""), begin, data.size()));
  }

  private SafetensorsBytes member(String member) {
    members.append(members.isEmpty() ? "{" : ",").append(member);
    return this;
  }

  byte[] toBytes() {
    String header = (members.isEmpty() ? "{" : members) + "}";
    int utf8 = header.getBytes(StandardCharsets.UTF_8).length;
    return file(header + " ".repeat(Math.floorMod(-utf8, 8)), data.toByteArray());
  }

  Path write(Path file) throws IOException {
    return Files.write(file, toBytes());
  }

  private static String json(String text) {
    return new Json.TextValue(text).toJson();
  }
}
