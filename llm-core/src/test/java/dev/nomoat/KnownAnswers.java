package dev.nomoat;

import dev.nomoat.chat.ChatMessage;
import dev.nomoat.chat.ChatReply;
import dev.nomoat.chat.ChatRequest;
import dev.nomoat.grammar.Grammar;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * What a model answers to requests of many kinds while it has nothing else to do: on one thread,
 * one at a time, nothing guessed.
 */
final class KnownAnswers {
  private static final Grammar WORDS = Grammar.gbnf("root ::= (\" \" [a-z]{2,5}){2,6} \".\"");
  private static final Grammar OBJECT =
      Grammar.jsonSchema(
          """
          {"type": "object", "properties": {"legs": {"type": "integer", "minimum": 0, "maximum": 9},
          "name": {"type": "string", "maxLength": 8}}, "required": ["legs", "name"],
          "additionalProperties": false}\
          """);
  private static final List<String> LABELS = List.of(" happy", " sad", " in the garden");

  /** Tokens of the longest prompt and of the longest answer. */
  private static final int LONGEST_PROMPT = 200;

  private static final int LONGEST_ANSWER = 80;

  /** A request with a seed, and the answer to it. */
  record Answer(GenerationRequest request, GenerationResult result) {}

  /** A conversation with a seed, and the answer to it. */
  record Reply(ChatRequest request, ChatReply reply) {}

  /** A text, and what the model computes of it. */
  record Evaluated(
      Prompt.Tokens prompt,
      List<Float> logits,
      List<Float> vector,
      TextScore score,
      LabelChoice choice) {
    static Evaluated of(LanguageModel model, int[] ids, int length) {
      Prompt.Tokens prompt = new Prompt.Tokens(Arrays.stream(ids).limit(length).boxed().toList());
      return new Evaluated(
          prompt,
          boxed(model.logits(prompt.toArray())),
          vector(model, prompt),
          model.score(prompt),
          model.choose(prompt, LABELS));
    }

    /** Computes one of them again, chosen at random; whether it is the same to the bit. */
    boolean sameAgain(LanguageModel model, Random random) {
      return switch (random.nextInt(4)) {
        case 0 -> boxed(model.logits(prompt.toArray())).equals(logits);
        case 1 -> vector(model, prompt).equals(vector);
        case 2 -> model.score(prompt).equals(score);
        default -> model.choose(prompt, LABELS).equals(choice);
      };
    }

    private static List<Float> vector(LanguageModel model, Prompt text) {
      return boxed(model.embed(EmbeddingRequest.ofPrompts(List.of(text))).getFirst());
    }

    private static List<Float> boxed(float[] numbers) {
      List<Float> list = new ArrayList<>(numbers.length);
      for (float number : numbers) {
        list.add(number);
      }
      return list;
    }
  }

  private final List<Answer> answers = new ArrayList<>();
  private final List<Reply> replies = new ArrayList<>();
  private final List<Evaluated> texts = new ArrayList<>();

  private KnownAnswers() {}

  /**
   * Asks a model.
   *
   * @param of the model
   * @param count how many requests
   */
  static KnownAnswers of(SoakModel of, int count) throws IOException {
    KnownAnswers known = new KnownAnswers();
    Random random = new Random(count);
    try (LanguageModel model = of.load(options -> options.withThreads(1))) {
      for (int i = 0; i < count; i++) {
        GenerationRequest request = request(of.tokens(), random, i);
        known.answers.add(new Answer(request, model.generate(request)));
      }
      List<String> questions = List.of("What color is the sky?", "What does the cow say?");
      for (String question : of.chats() ? questions : List.<String>of()) {
        ChatRequest request =
            ChatRequest.of(ChatMessage.user(question))
                .withSeed(1)
                .withMaxTokens(LONGEST_ANSWER)
                .withSampling(SamplingOptions.defaults());
        known.replies.add(new Reply(request, model.chat(request)));
      }
      for (int length : new int[] {3, 20, 65}) {
        known.texts.add(Evaluated.of(model, of.tokens(), length));
      }
    }
    return known;
  }

  Answer answer(Random random) {
    return answers.get(random.nextInt(answers.size()));
  }

  boolean chats() {
    return !replies.isEmpty();
  }

  Reply reply(Random random) {
    return replies.get(random.nextInt(replies.size()));
  }

  Evaluated text(Random random) {
    return texts.get(random.nextInt(texts.size()));
  }

  /** A request of the i-th kind; half of them begin with the same tokens. */
  private static GenerationRequest request(int[] ids, Random random, int i) {
    int length = i % 8 == 0 ? LONGEST_PROMPT : 1 + random.nextInt(90);
    int from = random.nextBoolean() ? 0 : random.nextInt(40);
    GenerationRequest request =
        GenerationRequest.of(
                i % 5 == 0
                    ? Prompt.text("Once upon a time there was a dog. Once upon a time")
                    : Prompt.tokens(Arrays.copyOfRange(ids, from, from + length)))
            .withSeed(i)
            .withMaxTokens(i % 7 == 0 ? LONGEST_ANSWER : 1 + random.nextInt(20))
            .withIgnoreEndOfGeneration(i % 3 == 0)
            .withSampling(sampling(i));
    if (i % 6 == 1) {
      request = request.withLogProbabilities(random.nextInt(4));
    }
    return switch (i % 9) {
      case 2 -> request.withStop("the", "and", ".");
      case 4 -> request.withGrammar(WORDS);
      case 7 -> request.withGrammar(OBJECT).withMaxTokens(LONGEST_ANSWER);
      default -> request;
    };
  }

  private static SamplingOptions sampling(int i) {
    SamplingOptions options = SamplingOptions.defaults();
    return switch (i % 10) {
      case 0, 1, 2 -> options.withTemperature(0);
      case 3 -> options.withTemperature(1.5f).withTopK(0).withTopP(1).withMinP(0);
      case 4 -> options.withRepeatPenalty(1.1f).withFrequencyPenalty(0.2f);
      case 5 -> options.withXtc(new Xtc(0.5f, 0.1f)).withDry(Dry.of(1));
      case 6 -> options.withMirostat(new Mirostat(4, 0.1f));
      case 7 -> options.withLogitBias(Map.of(100, -5f)).withTypicalP(0.9f);
      case 8 -> options.withStep(KnownAnswers::lessOfTheLast);
      default -> options;
    };
  }

  /** A step of a caller's own. */
  private static void lessOfTheLast(TokenScores scores) {
    int last = scores.textToken(scores.textLength() - 1);
    scores.setLogit(last, scores.logit(last) - 2);
  }
}
