package dev.nomoat.file.safetensors;

import dev.nomoat.ModelFormatException;
import dev.nomoat.file.OpenFile;
import dev.nomoat.file.Utf8;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The index of a set: in which file each tensor is.
 *
 * @param path the index
 * @param end its length in bytes
 * @param entries by the names of the tensors, in the order of the index
 */
record SafetensorsIndex(Path path, long end, Map<String, Entry> entries) {
  static final String SUFFIX = ".index.json";

  /** The largest in use has some 10 MB; what is longer than the longest header is no index. */
  static final int MAX_BYTES = SafetensorsParser.MAX_HEADER_BYTES;

  private static final String WEIGHT_MAP = "weight_map";
  private static final String FILE_SUFFIX = ".safetensors";

  /**
   * Where a tensor is.
   *
   * @param file the file that holds it, beside the index
   * @param at where the index says so, from the start of the index
   */
  record Entry(Path file, long at) {}

  static boolean isIndex(Path path) {
    return String.valueOf(path.getFileName()).endsWith(SUFFIX);
  }

  static SafetensorsIndex read(Path path) throws IOException {
    try (OpenFile file = OpenFile.open(path)) {
      if (file.size() > MAX_BYTES) {
        throw file.fault(MAX_BYTES, "an index of at most " + MAX_BYTES + " bytes", "a longer one");
      }
      JsonCursor json = new JsonCursor(file, 0, file.text(0, (int) file.size(), "an index"));
      return new Reader(file, json).read();
    }
  }

  /** The files of the set, ordered by their names. */
  List<Path> files() {
    return entries.values().stream().map(Entry::file).distinct().sorted().toList();
  }

  /** Opens a file of the set; one that is missing is a fault of the index. */
  OpenFile open(Path file) throws IOException {
    try {
      return OpenFile.open(file);
    } catch (NoSuchFileException e) {
      Map.Entry<String, Entry> first =
          entries.entrySet().stream()
              .filter(entry -> entry.getValue().file.equals(file))
              .findFirst()
              .orElseThrow();
      throw new ModelFormatException(
          path,
          first.getValue().at,
          "a file %s with tensor %s".formatted(file, Utf8.quote(first.getKey())),
          "no such file",
          e);
    }
  }

  /** Checks that the index has a tensor in the file that holds it. */
  void checkTensor(OpenFile file, SafetensorsParser.Described described) {
    String name = described.tensor().name();
    Entry entry = entries.get(name);
    if (entry == null || !entry.file.equals(file.path())) {
      throw file.fault(
          described.at(),
          "a tensor that the index has in this file",
          "tensor %s, which it has %s"
              .formatted(Utf8.quote(name), entry == null ? "nowhere" : "in " + entry.file));
    }
  }

  /** Checks that every tensor of the index was there. */
  void checkComplete(Map<String, SafetensorsTensor> found) {
    entries.forEach(
        (name, entry) -> {
          if (!found.containsKey(name)) {
            throw new ModelFormatException(
                path,
                entry.at,
                "a tensor that is in " + entry.file,
                Utf8.quote(name) + ", which is not");
          }
        });
  }

  /** Reads one index. */
  private static final class Reader {
    private final OpenFile file;
    private final JsonCursor json;
    private final Map<String, Path> paths = new HashMap<>();
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    Reader(OpenFile file, JsonCursor json) {
      this.file = file;
      this.json = json;
    }

    SafetensorsIndex read() {
      json.object(
          "an index",
          (name, at) -> {
            if (name.equals(WEIGHT_MAP)) {
              json.object("a map from tensors to files", this::entry);
            } else {
              json.skip();
            }
          });
      json.end();
      if (entries.isEmpty()) {
        throw file.fault(file.size(), "a " + WEIGHT_MAP + " with tensors before the end", "none");
      }
      return new SafetensorsIndex(file.path(), file.size(), entries);
    }

    private void entry(String tensor, long at) {
      if (entries.size() == SafetensorsParser.MAX_TENSORS) {
        throw file.fault(at, "at most " + SafetensorsParser.MAX_TENSORS + " tensors", "more");
      }
      String name = json.string("the name of a file");
      Path path = paths.get(name);
      if (path == null) {
        path = resolve(name, at);
        paths.put(name, path);
      }
      entries.put(tensor, new Entry(path, at));
    }

    /** The path of a file beside the index; a name that could lead elsewhere is refused. */
    private Path resolve(String name, long at) {
      boolean plain = name.indexOf('/') < 0 && name.indexOf('\\') < 0 && name.indexOf(':') < 0;
      if (plain && name.endsWith(FILE_SUFFIX)) {
        try {
          return file.path().resolveSibling(name);
        } catch (InvalidPathException e) {
          throw new ModelFormatException(
              file.path(), at, "a file name", Utf8.quote(name) + ": " + e.getReason(), e);
        }
      }
      throw file.fault(
          at, "a file *%s in the folder of the index".formatted(FILE_SUFFIX), Utf8.quote(name));
    }
  }
}
