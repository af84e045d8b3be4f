package dev.nomoat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nomoat.chat.ChatMessage;
import dev.nomoat.chat.ChatRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What callers ask of {@link LanguageModel#embed}. */
@Unhurried
class EmbeddingTest {
  private static LanguageModel bert() throws IOException {
    return Encoders.load("bert", options -> options.withThreads(2));
  }

  @Test
  void vectorsAreCutBeforeTheyAreNormalised() throws IOException {
    try (LanguageModel model = bert()) {
      EmbeddingRequest request = EmbeddingRequest.of(List.of("a little fox"));
      float[] raw = model.embed(request.withNormalized(false)).getFirst();
      float[] cut = model.embed(request.withDimensions(8)).getFirst();
      assertThat(raw).hasSize(32);
      assertThat(cut).hasSize(8);
      double squares = 0;
      for (int i = 0; i < 8; i++) {
        squares += (double) raw[i] * raw[i];
      }
      for (int i = 0; i < 8; i++) {
        assertThat(cut[i]).isEqualTo((float) (raw[i] / Math.sqrt(squares)));
      }
      float[] both = model.embed(request.withDimensions(8).withNormalized(false)).getFirst();
      assertThat(both).containsExactly(Arrays.copyOf(raw, 8));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> model.embed(request.withDimensions(33)))
          .withMessage("33 dimensions: vectors of this model have 32");
    }
  }

  @Test
  void textsThatDoNotFitAreRefusedWithTheirPlace() throws IOException {
    try (LanguageModel model = Encoders.load("bert", options -> options.withContextLength(20))) {
      // [CLS] and [SEP] are added
      String fits = String.join(" ", Collections.nCopies(18, "a"));
      assertThat(model.embed(fits)).hasSize(32);
      assertThatThrownBy(() -> model.embed(List.of("a", fits + " a")))
          .isInstanceOf(ContextOverflowException.class)
          .hasMessage("text 1 has 21 tokens, the context holds 20");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> model.embed(EmbeddingRequest.ofPrompts(List.of(Prompt.tokens(2, 264)))))
          .withMessage("text 0: token 1 is 264, outside the vocabulary of 264");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> model.embed(EmbeddingRequest.ofPrompts(List.of(Prompt.tokens()))))
          .withMessage("text 0: there are no tokens to evaluate");
      assertThat(model.embed(List.of())).isEmpty();
      assertThat(model.embed("")).hasSize(32);
    }
  }

  @Test
  void whatLooksLikeAControlTokenStaysText() throws IOException {
    try (LanguageModel model = bert()) {
      List<Prompt> prompts = List.of(Prompt.text("[SEP]"), Prompt.withSpecialTokens("[SEP]"));
      List<float[]> vectors = model.embed(EmbeddingRequest.ofPrompts(prompts));
      assertThat(vectors.get(0)).isNotEqualTo(vectors.get(1));
      assertThat(model.embed("[SEP]")).containsExactly(vectors.get(0));
    }
  }

  @Test
  void anEncoderGeneratesNothing() throws IOException {
    try (LanguageModel model = bert()) {
      assertThat(model.info().encoder()).isTrue();
      refused("text generation", () -> model.generate("a"));
      refused("text generation", () -> model.start(GenerationRequest.of("a")));
      refused("logits", () -> model.logits(1, 2));
      assertThatThrownBy(() -> model.chat(ChatRequest.of(ChatMessage.user("a"))))
          .isInstanceOf(UnsupportedModelException.class);
      assertThat(model.embed("a")).hasSize(32);
    }
  }

  private static void refused(String feature, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessage("unsupported: " + feature + ": this model of architecture bert is an encoder");
  }

  @Test
  void anEncoderKeepsOneLayerAtATime() throws IOException {
    ModelInfo info = LanguageModel.inspect(Encoders.file("bert"));
    // 64 positions, keys and values, 4 heads of 8 numbers, 2 bytes
    assertThat(info.cacheBytes(64, CacheType.F16)).isEqualTo(64 * 2 * 4 * 8 * 2);
    assertThat(info.layers()).isEqualTo(3);
  }

  @Test
  void aDecoderEmbedsBesideItsGenerations() throws IOException {
    try (LanguageModel model = Story.load("q4_0", options -> options.withThreads(2))) {
      assertThat(model.info().encoder()).isFalse();
      assertThat(model.info().pooling()).isEqualTo(Pooling.LAST);
      GenerationRequest request = GenerationRequest.of("Once upon a time").withSeed(1);
      String alone = model.generate(request.withMaxTokens(60)).text();
      float[] vector = model.embed("A dog named Tim");
      try (Generation generation = model.start(request.withMaxTokens(60))) {
        for (int i = 0; i < 20; i++) {
          assertThat(model.embed("A dog named Tim")).containsExactly(vector);
        }
        assertThat(generation.await().text()).isEqualTo(alone);
      }
    }
  }

  @Test
  void anyNumberOfThreadsEmbedAtOnce() throws Exception {
    List<String> texts = Encoders.texts("bert");
    Queue<Object> wrong = new ConcurrentLinkedQueue<>();
    try (LanguageModel model = bert()) {
      List<float[]> expected = model.embed(texts);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        int text = i % 3;
        threads.add(
            Thread.ofVirtual()
                .start(
                    () -> {
                      float[] vector = model.embed(texts.get(text));
                      if (!Arrays.equals(vector, expected.get(text))) {
                        wrong.add(text);
                      }
                    }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void aClosedModelEmbedsNothing() throws Exception {
    LanguageModel model = bert();
    int[] text = model.tokenizer().encode(Encoders.texts("bert").get(2));
    EmbeddingRequest many =
        EmbeddingRequest.ofPrompts(Collections.nCopies(100_000, Prompt.tokens(text)));
    Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();
    Thread caller =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    model.embed(many);
                  } catch (IllegalStateException e) {
                    thrown.add(e);
                  }
                });
    model.embed("a");
    model.close();
    caller.join();
    assertThat(thrown).singleElement().matches(e -> e.getMessage().contains("closed"));
    assertThatIllegalStateException().isThrownBy(() -> model.embed("a"));
  }
}
