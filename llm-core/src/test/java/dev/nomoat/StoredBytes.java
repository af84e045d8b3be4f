package dev.nomoat;

import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonPlace;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A tensor of a safetensors file in memory.
 *
 * @param type its type's name
 * @param shape its dimensions
 * @param data its bytes
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record StoredBytes(String type, List<Integer> shape, byte[] data) {
  private static final int PREFIX = 8;

  /** A byte, of a type that no weights have. */
  static StoredBytes odd() {
    return new StoredBytes("U8", List.of(1), new byte[1]);
  }

  /** All tensors of a file, in their order. */
  static Map<String, StoredBytes> read(Path file) throws IOException {
    byte[] all = Files.readAllBytes(file);
    int length = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).getInt();
    String text = new String(all, PREFIX, length, StandardCharsets.UTF_8);
    JsonPlace header = new JsonPlace("", Json.parse(text));
    Map<String, StoredBytes> tensors = new LinkedHashMap<>();
    for (String name : header.names()) {
      if (!name.equals("__metadata__")) {
        JsonPlace tensor = header.get(name);
        List<Integer> range = ints(tensor.get("data_offsets"));
        int from = PREFIX + length;
        byte[] data = Arrays.copyOfRange(all, from + range.get(0), from + range.get(1));
        String type = tensor.get("dtype").text();
        tensors.put(name, new StoredBytes(type, ints(tensor.get("shape")), data));
      }
    }
    return tensors;
  }

  private static List<Integer> ints(JsonPlace array) {
    return array.elements().stream().map(JsonPlace::count).toList();
  }

  static void write(Map<String, StoredBytes> tensors, Path file) throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    List<String> entries = new ArrayList<>();
    for (Map.Entry<String, StoredBytes> entry : tensors.entrySet()) {
      StoredBytes tensor = entry.getValue();
      int from = data.size();
      data.write(tensor.data);
      entries.add(
          "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
              .formatted(entry.getKey(), tensor.type, tensor.shape, from, data.size()));
    }
    byte[] header = ("{" + String.join(",", entries) + "}").getBytes(StandardCharsets.UTF_8);
    ByteBuffer all = ByteBuffer.allocate(PREFIX + header.length + data.size());
    all.order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header).put(data.toByteArray());
    Files.write(file, all.array());
  }

  /** Matrices one below the other. */
  static StoredBytes below(StoredBytes upper, StoredBytes lower) {
    int rows = upper.shape.getFirst() + lower.shape.getFirst();
    return new StoredBytes(
        upper.type, List.of(rows, upper.shape.get(1)), joined(List.of(upper, lower)));
  }

  /** Matrices as one tensor of three dimensions. */
  static StoredBytes stack(List<StoredBytes> matrices) {
    StoredBytes first = matrices.getFirst();
    return new StoredBytes(
        first.type,
        List.of(matrices.size(), first.shape.get(0), first.shape.get(1)),
        joined(matrices));
  }

  private static byte[] joined(List<StoredBytes> tensors) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    tensors.forEach(tensor -> all.writeBytes(tensor.data));
    return all.toByteArray();
  }

  /** A matrix of numbers of two bytes, with columns for rows. */
  StoredBytes transposed() {
    int rows = shape.get(0);
    int cols = shape.get(1);
    byte[] turned = new byte[data.length];
    for (int row = 0; row < rows; row++) {
      for (int col = 0; col < cols; col++) {
        System.arraycopy(data, 2 * (row * cols + col), turned, 2 * (col * rows + row), 2);
      }
    }
    return new StoredBytes(type, List.of(cols, rows), turned);
  }
}
