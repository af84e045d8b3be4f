package dev.nomoat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A model that many call.
 *
 * @param name which one
 * @param file its file
 * @param cacheType of its keys and values
 * @param ids token ids of a long text
 * @param chats whether it has a chat template, and a draft model can guess its tokens
 */
record SoakModel(String name, Path file, CacheType cacheType, List<Integer> ids, boolean chats) {
  static SoakModel story(String type, CacheType cacheType) {
    return new SoakModel("story " + type, Story.file(type), cacheType, boxed(Story.ids()), true);
  }

  static SoakModel family(String family, CacheType cacheType) throws URISyntaxException {
    int[] text = FamilyModels.ids();
    int[] ids = new int[300];
    Arrays.setAll(ids, i -> text[i % text.length]);
    return new SoakModel(family, FamilyModels.path(family + ".gguf"), cacheType, boxed(ids), false);
  }

  private static List<Integer> boxed(int[] ids) {
    return Arrays.stream(ids).boxed().toList();
  }

  /** The text. */
  int[] tokens() {
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  LanguageModel load(UnaryOperator<LoadOptions> change) throws IOException {
    return LanguageModel.load(file, change.apply(LoadOptions.defaults().withCacheType(cacheType)));
  }

  @Override
  public String toString() {
    return name + " " + cacheType;
  }
}
