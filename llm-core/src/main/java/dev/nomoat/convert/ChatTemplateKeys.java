package dev.nomoat.convert;

import dev.nomoat.file.gguf.GgufStringArray;
import dev.nomoat.file.gguf.GgufValue;
import dev.nomoat.model.huggingface.HuggingFaceFolder;
import dev.nomoat.tokenizer.json.Json;
import dev.nomoat.tokenizer.json.JsonPlace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The templates for conversations: one that is used by default, and others by name. */
final class ChatTemplateKeys {
  private static final String KEY = "tokenizer.chat_template";
  private static final String ENDING = ".jinja";

  private ChatTemplateKeys() {}

  /**
   * Collects the keys.
   *
   * @param path the folder
   * @param settings its {@code tokenizer_config.json}
   * @param told the keys that are known before, which may have templates of their own
   * @param usual the template that is used by default
   * @throws IOException if a file cannot be read
   */
  static Map<String, GgufValue> of(
      Path path, JsonPlace settings, Map<String, GgufValue> told, Optional<String> usual)
      throws IOException {
    Map<String, String> named = new TreeMap<>();
    Optional<JsonPlace> listed = settings.find("chat_template");
    if (listed.isPresent() && listed.get().value() instanceof Json.ArrayValue) {
      for (JsonPlace one : listed.get().elements()) {
        named.put(plain(one.get("name").text()), one.get("template").text());
      }
    }
    Path folder = path.resolve("additional_chat_templates");
    if (Files.isDirectory(folder)) {
      for (String file : files(folder)) {
        String name = file.substring(0, file.length() - ENDING.length());
        HuggingFaceFolder.text(folder, file).ifPresent(text -> named.put(plain(name), text));
      }
    }
    named.remove("default");
    named.remove("");
    Map<String, GgufValue> keys = new LinkedHashMap<>();
    named.forEach((name, text) -> keys.put(KEY + "." + name, GgufValue.text(text)));
    Set<String> names = new TreeSet<>(named.keySet());
    told.keySet().stream()
        .filter(key -> key.startsWith(KEY + "."))
        .forEach(key -> names.add(key.substring(KEY.length() + 1)));
    if (!names.isEmpty()) {
      keys.put(KEY + "s", GgufStringArray.of(List.copyOf(names)));
    }
    usual.ifPresent(text -> keys.put(KEY, GgufValue.text(text)));
    return keys;
  }

  private static List<String> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.endsWith(ENDING))
          .sorted()
          .toList();
    }
  }

  private static String plain(String name) {
    return name.replaceAll("[^A-Za-z0-9]", "_");
  }
}
