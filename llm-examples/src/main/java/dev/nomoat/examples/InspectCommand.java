package dev.nomoat.examples;

import dev.nomoat.CacheType;
import dev.nomoat.LanguageModel;
import dev.nomoat.LoadOptions;
import dev.nomoat.ModelInfo;
import dev.nomoat.file.gguf.GgufFile;
import dev.nomoat.file.gguf.GgufTensor;
import dev.nomoat.quant.TensorType;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code llm inspect}: what a model file holds, and what it will take to run it. */
@Command(description = "Prints metadata, tensors and predicted memory of a model.")
final class InspectCommand implements Callable<Integer> {
  private final Streams streams;

  @Mixin private final ModelFile file = new ModelFile();

  @Option(
      names = "--tokens",
      paramLabel = "N",
      description =
          "Tokens in the cache whose memory is told (default: as many as the model allows).")
  private int tokens;

  @Option(
      names = "--cache-type",
      paramLabel = "f32|f16|q8_0|q4_0",
      description = "Numbers of the key/value cache (default: ${DEFAULT-VALUE}).")
  private CacheType cacheType = LoadOptions.defaults().cacheType();

  InspectCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    if (tokens < 0) {
      throw new UsageException("--tokens must be positive, not " + tokens);
    }
    PrintStream out = streams.out();
    // what the file holds is shown even if the model cannot be run
    boolean single = Files.isRegularFile(file.path()) && !isOfFolder(file.path());
    if (single) {
      try (GgufFile gguf = GgufFile.open(file.path())) {
        contents(gguf);
      }
    }
    ModelInfo info = LanguageModel.inspect(file.path());
    if (!single) {
      contents(info);
    }
    out.println();
    out.println("model");
    out.println("  file          " + info.file());
    out.println("  size          " + Sizes.shown(info.fileBytes()));
    out.println("  architecture  " + info.architecture());
    info.name().ifPresent(name -> out.println("  name          " + name));
    out.println("  parameters    " + info.parameters());
    out.println("  context       " + info.contextLength());
    out.println("  vocabulary    " + info.vocabularySize());
    out.println();
    memory(info);
    streams.show("");
    return 0;
  }

  private void contents(GgufFile gguf) {
    PrintStream out = streams.out();
    out.println("metadata");
    for (String key : gguf.metadata().keys()) {
      String value = gguf.metadata().get(key).orElseThrow().toString();
      out.println("  " + key + " = " + oneLine(value));
    }
    out.println();
    out.println("tensors");
    for (GgufTensor tensor : gguf.tensors()) {
      tensor(tensor.name(), tensor.type(), tensor.shape(), tensor.byteSize());
    }
  }

  /** Of a folder, whose tensors are told as in GGUF. */
  private void contents(ModelInfo info) {
    PrintStream out = streams.out();
    out.println("metadata");
    info.metadata().forEach((key, value) -> out.println("  " + key + " = " + oneLine(value)));
    out.println();
    out.println("tensors");
    info.tensors().forEach(t -> tensor(t.name(), t.type(), t.shape(), t.bytes()));
  }

  private void tensor(String name, TensorType type, List<Long> shape, long bytes) {
    streams.out().printf(Locale.ROOT, "  %-32s %-5s %-16s %12d%n", name, type, shape, bytes);
  }

  /** Whether a file is one of a Hugging Face folder's. */
  private static boolean isOfFolder(Path path) {
    return path.toString().endsWith(".json") || path.toString().endsWith(".safetensors");
  }

  private void memory(ModelInfo info) {
    int held = tokens == 0 ? info.contextLength() : tokens;
    long weights = info.weightBytes();
    long cache = info.cacheBytes(held, cacheType);
    PrintStream out = streams.out();
    out.println("memory");
    out.println("  weights  " + Sizes.shown(weights));
    out.println("  cache    " + Sizes.shown(cache) + " for " + held + " tokens in " + cacheType);
    out.println("  buffers  " + Sizes.shown(info.bufferBytes()));
    out.println("  total    " + Sizes.shown(weights + cache + info.bufferBytes()));
  }

  private static String oneLine(String value) {
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
  }
}
