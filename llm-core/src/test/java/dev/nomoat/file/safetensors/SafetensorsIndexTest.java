package dev.nomoat.file.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.nomoat.ModelFormatException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsIndexTest {
  private static final String FIRST = "model-00001-of-00002.safetensors";
  private static final String SECOND = "model-00002-of-00002.safetensors";

  @TempDir Path folder;

  private Path index() {
    return folder.resolve("model.safetensors.index.json");
  }

  @BeforeEach
  void writeSet() throws IOException {
    shard(FIRST, "pt", "a", "z");
    shard(SECOND, "np", "b");
    SafetensorsBytes.writeIndex(index(), Map.of("a", FIRST, "z", FIRST, "b", SECOND));
  }

  /** A file of tensors whose only byte is the letter that they are called. */
  private Path shard(String file, String format, String... names) throws IOException {
    SafetensorsBytes bytes = new SafetensorsBytes().metadata("format", format);
    for (String name : names) {
      bytes.tensor(name, SafetensorsType.U8, List.of(1L), (byte) name.charAt(0));
    }
    return bytes.write(folder.resolve(file));
  }

  private void checkSet(Path opened, Path where) throws IOException {
    try (SafetensorsFile set = SafetensorsFile.open(opened)) {
      assertThat(set.files()).containsExactly(where.resolve(FIRST), where.resolve(SECOND));
      assertThat(set.metadata()).isEqualTo(Map.of("format", "pt"));
      assertThat(set.tensors()).extracting(SafetensorsTensor::name).containsExactly("a", "z", "b");
      assertThat(set.tensors()).extracting(SafetensorsTensor::part).containsExactly(0, 0, 1);
      for (SafetensorsTensor tensor : set.tensors()) {
        byte[] bytes = new byte[1];
        set.read(tensor, 0, MemorySegment.ofArray(bytes));
        assertThat((char) bytes[0]).isEqualTo(tensor.name().charAt(0));
      }
    }
  }

  private ModelFormatException fault(Path faulty) {
    ModelFormatException e =
        catchThrowableOfType(
            ModelFormatException.class, () -> SafetensorsFile.open(folder).close());
    assertThat(e).as("the fault").isNotNull();
    assertThat(e.file()).isEqualTo(faulty);
    return e;
  }

  /** A fault of an index that stands where {@code at} stands. */
  private ModelFormatException indexFault(String text, String at) throws IOException {
    Files.writeString(index(), text);
    ModelFormatException e = fault(index());
    int before = text.substring(0, text.indexOf(at)).getBytes(StandardCharsets.UTF_8).length;
    assertThat(e.offset()).as(e.getMessage()).isEqualTo(before);
    return e;
  }

  @Test
  void opensTheSet() throws IOException {
    checkSet(folder, folder);
    checkSet(index(), folder);
    Path relative = Path.of("").toAbsolutePath().relativize(folder.toAbsolutePath());
    checkSet(relative, relative);
    checkSet(relative.resolve(index().getFileName()), relative);
  }

  @Test
  void followsLinksAsInTheCacheOfTheHub() throws IOException {
    Path snapshot = Files.createDirectories(folder.resolve("snapshots/1"));
    Path blobs = Files.createDirectory(folder.resolve("blobs"));
    for (Path file : List.of(index(), folder.resolve(FIRST), folder.resolve(SECOND))) {
      String hash = Integer.toHexString(file.hashCode());
      Files.move(file, blobs.resolve(hash));
      Files.createSymbolicLink(
          snapshot.resolve(file.getFileName()), Path.of("../../blobs").resolve(hash));
    }
    checkSet(snapshot, snapshot);
    Path current = Files.createSymbolicLink(folder.resolve("current"), Path.of("snapshots/1"));
    checkSet(current, current);
  }

  @Test
  void ignoresOtherMembersOfTheIndex() throws IOException {
    String text = Files.readString(index());
    String other =
        "{ \"x\" : [1, -2.5e3, {}, [ ], [[\"]\", {\"}\": null}], true], {\"a\":{\"b\":[]},"
            + " \"c\":1}] , ";
    Files.writeString(index(), text.replaceFirst("\\{", other));
    checkSet(folder, folder);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[1 2]",
        "[1,]",
        "[}",
        "{\"a\"}",
        "{1:2}",
        "{\"a\":1,}",
        "[[[",
        "{\"a\":[",
        "tru",
        ""
      })
  void readsOtherMembersStrictly(String member) throws IOException {
    Files.writeString(index(), "{\"x\":" + member + ",\"weight_map\":{\"b\":\"" + SECOND + "\"}}");
    assertThat(fault(index()).offset())
        .isBetween(5L, 5L + "\"weight_map\":".length() + member.length());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../x.safetensors",
        "..\\\\x.safetensors",
        "/etc/x.safetensors",
        "sub/x.safetensors",
        "./x.safetensors",
        "C:x.safetensors",
        "\\\\\\\\host\\\\x.safetensors",
        "..",
        ".",
        "",
        "pytorch_model.bin",
        "config.json",
        "x.safetensors/",
      })
  void refusesFilesElsewhere(String name) throws IOException {
    ModelFormatException e =
        indexFault("{\"weight_map\": {\"b\": \"%s\"}}".formatted(name), "\"b\"");
    assertThat(e.expected()).isEqualTo("a file *.safetensors in the folder of the index");
    assertThat(e.found()).isEqualTo("\"" + name.replace("\\\\", "\\") + "\"");
  }

  @Test
  void refusesNamesThatNoFileCanHave() throws IOException {
    ModelFormatException e =
        indexFault("{\"weight_map\": {\"b\": \"x\\u0000.safetensors\"}}", "\"b\"");
    assertThat(e.expected()).isEqualTo("a file name");
    assertThat(e.found()).startsWith("\"x\\u0000.safetensors\"");
  }

  @Test
  void namesAMissingFile() throws IOException {
    String text = Files.readString(index());
    Files.delete(folder.resolve(SECOND));
    ModelFormatException e = indexFault(text, "\"b\"");
    assertThat(e.expected())
        .isEqualTo("a file %s with tensor \"b\"".formatted(folder.resolve(SECOND)));
    assertThat(e.found()).isEqualTo("no such file");
    Files.createSymbolicLink(folder.resolve(SECOND), Path.of("gone"));
    assertThat(fault(index()).found()).isEqualTo("no such file");
  }

  @Test
  void namesATensorThatIsNotInItsFile() throws IOException {
    shard(FIRST, "pt", "a");
    ModelFormatException e = indexFault(Files.readString(index()), "\"z\"");
    assertThat(e.expected()).isEqualTo("a tensor that is in " + folder.resolve(FIRST));
    assertThat(e.found()).isEqualTo("\"z\", which is not");
  }

  @Test
  void namesATensorThatTheIndexHasNowhereOrElsewhere() throws IOException {
    Path second = shard(SECOND, "np", "b", "more");
    ModelFormatException e = fault(second);
    assertThat(e.offset())
        .isEqualTo(Files.readString(second, StandardCharsets.ISO_8859_1).indexOf("\"more\""));
    assertThat(e.found()).isEqualTo("tensor \"more\", which it has nowhere");
    shard(SECOND, "np", "b", "a");
    e = fault(second);
    assertThat(e.expected()).isEqualTo("a tensor that the index has in this file");
    assertThat(e.found()).isEqualTo("tensor \"a\", which it has in " + folder.resolve(FIRST));
  }

  @Test
  void reportsAFaultInALaterFileAsThatFiles() throws IOException {
    Path second = folder.resolve(SECOND);
    byte[] whole = Files.readAllBytes(second);
    Files.write(second, Arrays.copyOf(whole, whole.length - 1));
    assertThat(fault(second).found()).isEqualTo("[0, 1]");
  }

  @Test
  void refusesIndexesOfNothing() throws IOException {
    for (String text : List.of("{}", "{\"weight_map\":{}}", "{\"metadata\":{\"weight_map\":1}}")) {
      Files.writeString(index(), text);
      ModelFormatException e = fault(index());
      assertThat(e.offset()).isEqualTo(text.length());
      assertThat(e.expected()).isEqualTo("a weight_map with tensors before the end");
    }
  }

  @Test
  void refusesWhatIsNoIndex() throws IOException {
    assertThat(indexFault("[]", "[").expected()).isEqualTo("an index");
    assertThat(indexFault("{\"weight_map\":[]}", "[").expected())
        .isEqualTo("a map from tensors to files");
    assertThat(indexFault("{\"weight_map\":{\"b\":1}}", "1").expected())
        .isEqualTo("the name of a file");
    assertThat(indexFault("{\"é\":0,\"weight_map\":{\"b\":\"x\",", "\"b").expected())
        .isEqualTo("a file *.safetensors in the folder of the index");
    Files.write(index(), new byte[] {'{', '"', (byte) 0xff});
    assertThat(fault(index()).offset()).isEqualTo(2);
    Files.writeString(index(), "");
    assertThat(fault(index()).found()).isEqualTo("the end of the JSON");
  }

  @Test
  void refusesATensorThatIsThereTwice() throws IOException {
    String text = "{\"weight_map\":{\"b\":\"%s\", \"\\u0062\":\"%s\"}}".formatted(SECOND, SECOND);
    assertThat(indexFault(text, "\"\\u0062").found()).isEqualTo("\"b\" again");
  }
}
