package dev.nomoat;

import dev.nomoat.chat.ChatReply;
import dev.nomoat.chat.ChatRequest;
import dev.nomoat.chat.ChatStream;
import dev.nomoat.chat.Chats;
import dev.nomoat.chat.TemplateException;
import dev.nomoat.grammar.Grammar;
import dev.nomoat.grammar.GrammarException;
import dev.nomoat.grammar.TokenMatcher;
import dev.nomoat.grammar.Vocabulary;
import dev.nomoat.grammar.record.RecordBinding;
import dev.nomoat.model.ModelPlan;
import dev.nomoat.model.family.Families;
import dev.nomoat.model.source.ModelSource;
import dev.nomoat.sample.DryVocabulary;
import dev.nomoat.sample.Sampler;
import dev.nomoat.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A loaded model, ready to generate text or to embed it. Any number of threads, virtual ones
 * included, may use it at once: their requests are evaluated together, and each gets the tokens
 * that it would get alone.
 *
 * <p>The model owns the memory of its weights, outside the heap, and its threads, which park when
 * there is no work. Close it to free both.
 *
 * <pre>{@code
 * try (LanguageModel model = LanguageModel.load(Path.of("model.gguf"))) {
 *   System.out.println(model.generate("Once upon a time").text());
 * }
 * }</pre>
 */
public final class LanguageModel implements AutoCloseable {
  private final Engine engine;
  private final ModelInfo info;
  private final Tokenizer tokenizer;
  private final Chats chats;
  private final Evaluations evaluations;
  private final Sessions sessions;
  private final Lazy<Vocabulary> vocabulary; // for grammars
  private final DryVocabulary dryVocabulary;
  private final ReentrantLock closing = new ReentrantLock();
  private boolean closed; // guarded by the lock

  private LanguageModel(Engine engine) {
    this.engine = engine;
    info = engine.info();
    tokenizer = engine.tokenizer();
    chats = new Chats(info, tokenizer);
    evaluations = new Evaluations(engine);
    sessions = new Sessions(engine, evaluations);
    vocabulary = new Lazy<>(() -> new Vocabulary(tokenizer, evaluations.tokens()));
    dryVocabulary = new DryVocabulary(tokenizer, evaluations.tokens());
  }

  /**
   * Loads a model with the default options.
   *
   * @param file a GGUF file, the first of a split set, or a Hugging Face folder
   * @return the model
   * @throws IOException when the file cannot be read
   * @throws ModelFormatException when the file is damaged or contradicts itself
   * @throws UnsupportedModelException when the model needs something that is not supported
   */
  public static LanguageModel load(Path file) throws IOException {
    return load(file, LoadOptions.defaults());
  }

  /**
   * Loads a model.
   *
   * @param file a GGUF file, the first of a split set, or a Hugging Face folder
   * @param options how to load it
   * @return the model
   * @throws IOException when the file cannot be read
   * @throws IllegalArgumentException when the context is longer than the model can have, or the
   *     cache has no room for it
   * @throws ModelFormatException when the file is damaged or contradicts itself
   * @throws UnsupportedModelException when the model needs something that is not supported
   */
  public static LanguageModel load(Path file, LoadOptions options) throws IOException {
    return new LanguageModel(Engine.load(file, options));
  }

  /**
   * Reads what a file says of its model: metadata, tensors and the memory that it will take. No
   * weights are read.
   *
   * @param file a GGUF file, the first of a split set, or a Hugging Face folder
   * @return the description
   * @throws IOException when the file cannot be read
   * @throws ModelFormatException when the file is damaged or contradicts itself
   * @throws UnsupportedModelException when the model needs something that is not supported
   */
  public static ModelInfo inspect(Path file) throws IOException {
    try (ModelSource source = Families.open(file)) {
      return ModelInfo.of(source, ModelPlan.of(source, 0, WeightPacking.AS_STORED));
    }
  }

  /**
   * Reads a model's tokenizer alone. No weights are read; a file that holds only a vocabulary will
   * do.
   *
   * @param file a GGUF file, the first of a split set, or a Hugging Face folder
   * @return the tokenizer
   * @throws IOException when the file cannot be read
   * @throws ModelFormatException when the file is damaged or contradicts itself
   * @throws UnsupportedModelException when the tokenizer is of a kind that is not supported
   */
  public static Tokenizer loadTokenizer(Path file) throws IOException {
    try (ModelSource source = Families.open(file)) {
      return source.tokenizer();
    }
  }

  /**
   * What the file says of the model.
   *
   * @return the description
   */
  public ModelInfo info() {
    return info;
  }

  /**
   * The model's tokenizer.
   *
   * @return the tokenizer; usable after the model is closed
   */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /**
   * How many tokens a sequence may hold, prompt and generated ones together: what the options asked
   * for, or else what the model was trained for, as far as the cache has room for it.
   *
   * @return tokens
   */
  public int contextLength() {
    return engine.contextLength();
  }

  /**
   * What the model has done so far and does now.
   *
   * @return a snapshot
   */
  public ModelStats stats() {
    return engine.scheduler().stats();
  }

  /**
   * How tokens are chosen where a request does not say: as the model's files recommend, or {@link
   * SamplingOptions#defaults()}. Files that say so are {@code generation_config.json} of a Hugging
   * Face folder and GGUF files with keys {@code general.sampling.*}; what they leave out is off,
   * but for a top-k of 50.
   *
   * @return the options, to be changed for a request
   */
  public SamplingOptions defaultSampling() {
    return engine.sampling();
  }

  /**
   * Continues a text, with the default sampling, until the model ends it or the context is full.
   *
   * @param prompt plain text; what looks like a control token in it stays text
   * @return the whole generation
   * @throws ContextOverflowException when the prompt leaves no room in the context
   * @throws GenerationException when computing failed
   * @throws IllegalStateException when the model is closed
   * @throws UnsupportedModelException when the model is an encoder
   */
  public GenerationResult generate(String prompt) {
    return generate(GenerationRequest.of(prompt));
  }

  /**
   * Generates, and waits for the end.
   *
   * @param request what to generate
   * @return the whole generation; when the model is closed meanwhile, what there was until then
   * @throws ContextOverflowException when the prompt leaves no room in the context
   * @throws IllegalArgumentException when the prompt has no tokens, or the prompt or the bias ids
   *     outside the vocabulary
   * @throws GenerationException when computing failed, a step of the request's own failed, or the
   *     request leaves no token to choose
   * @throws IllegalStateException when the model is closed
   * @throws UnsupportedModelException when the model is an encoder
   */
  public GenerationResult generate(GenerationRequest request) {
    try (Generation generation = start(request)) {
      return generation.await();
    }
  }

  /**
   * Generates for several requests at the same time, and waits for all of them. What their prompts
   * have in common is evaluated once; so {@code Collections.nCopies(3, request)}, without a seed,
   * gives three answers to one prompt. None is started when one of them is wrong.
   *
   * @param requests what to continue, and when to stop
   * @return the results, in the order of the requests
   * @throws IllegalArgumentException as {@link #start}
   * @throws ContextOverflowException when a prompt is as long as the context or longer
   * @throws QueueFullException when they are too many; then those that were started are cancelled
   * @throws GenerationException when computing failed for one of them; then the others are
   *     cancelled
   * @throws IllegalStateException when the model is closed
   * @throws UnsupportedModelException when the model is an encoder
   */
  public List<GenerationResult> generateAll(List<GenerationRequest> requests) {
    List<Generation> prepared = requests.stream().map(this::prepare).toList();
    List<Generation> running = new ArrayList<>();
    try {
      for (Generation generation : prepared) {
        generation.readWhenAtEnd();
        generation.submit();
        running.add(generation);
      }
      return running.stream().map(Generation::await).toList();
    } finally {
      running.forEach(Generation::close);
    }
  }

  /**
   * Generates a record: the text keeps to {@linkplain Grammar#of the JSON of its type}. The model
   * is told nothing of it, so say in the prompt what is wanted.
   *
   * @param request what to generate; without a grammar of its own
   * @param type the record's type
   * @param <R> the record's type
   * @return the record
   * @throws ContextOverflowException when the prompt leaves no room in the context
   * @throws GenerationException when computing failed, when the text was cut by a limit, a stop
   *     string or a cancellation, or when the record's constructor refused the values
   * @throws GrammarException when the type has a component that is not supported
   * @throws IllegalArgumentException when the request has a grammar, or a prompt that has no tokens
   *     or ids outside the vocabulary
   * @throws IllegalStateException when the model is closed
   * @throws UnsupportedModelException when the model is an encoder
   */
  public <R extends Record> R generate(GenerationRequest request, Class<R> type) {
    if (request.grammar().isPresent()) {
      throw new IllegalArgumentException("the request has a grammar beside that of a record");
    }
    GenerationResult result = generate(request.withGrammar(Grammar.of(type)));
    switch (result.finishReason()) {
      case GRAMMAR_COMPLETE, END_OF_GENERATION -> {}
      case STOP_STRING, MAX_TOKENS, CONTEXT_FULL, TIME_LIMIT, CANCELLED, MODEL_CLOSED ->
          throw new GenerationException(
              "the text ended by %s before the record was complete: %s"
                  .formatted(result.finishReason(), result.text()));
    }
    try {
      return RecordBinding.of(type).read(result.text());
    } catch (IllegalArgumentException e) {
      throw new GenerationException(
          "no %s can be made of %s".formatted(type.getName(), result.text()), e);
    }
  }

  /**
   * Chooses one of several labels: the one that the model considers the likeliest continuation of a
   * prompt. Each label is evaluated as a whole, so the probabilities do not depend on sampling.
   * What would follow a label does not count: of two labels of which one begins with the other, the
   * shorter is never less likely.
   *
   * @param prompt plain text, without a space at its end; what looks like a control token in it
   *     stays text
   * @param labels what may follow, with a space in front where the text has one; all different
   * @return the likeliest label, and the probabilities of all
   * @throws ContextOverflowException when prompt and label are longer than the context
   * @throws GenerationException when computing failed
   * @throws IllegalArgumentException when there is no label, one is empty, or two are equal, or the
   *     prompt has no tokens
   * @throws IllegalStateException when the model is closed, before or meanwhile
   * @throws UnsupportedModelException when the model is an encoder
   */
  public LabelChoice choose(String prompt, String... labels) {
    return choose(Prompt.text(prompt), List.of(labels));
  }

  /**
   * Chooses one of several labels, as {@link #choose(String, String...)} does.
   *
   * @param prompt what comes before
   * @param labels what may follow; all different
   * @return the likeliest label, and the probabilities of all
   * @throws ContextOverflowException when prompt and label are longer than the context
   * @throws GenerationException when computing failed
   * @throws IllegalArgumentException when there is no label, one is empty, or two are equal, or the
   *     prompt has no tokens
   * @throws IllegalStateException when the model is closed, before or meanwhile
   * @throws UnsupportedModelException when the model is an encoder
   */
  public LabelChoice choose(Prompt prompt, List<String> labels) {
    return evaluations.choose(prompt, List.copyOf(labels));
  }

  /**
   * Computes how likely the model considers a text, token by token.
   *
   * @param text plain text; what looks like a control token in it stays text
   * @return the logarithms of the probabilities, and the perplexity
   * @throws ContextOverflowException when the text is longer than the context
   * @throws GenerationException when computing failed
   * @throws IllegalArgumentException when the text has no tokens
   * @throws IllegalStateException when the model is closed, before or meanwhile
   * @throws UnsupportedModelException when the model is an encoder
   */
  public TextScore score(String text) {
    return score(Prompt.text(text));
  }

  /**
   * Computes how likely the model considers a text, as {@link #score(String)} does.
   *
   * @param text the text, or its tokens
   * @return the logarithms of the probabilities, and the perplexity
   * @throws ContextOverflowException when the text is longer than the context
   * @throws GenerationException when computing failed
   * @throws IllegalArgumentException when it has no tokens, or ids outside the vocabulary
   * @throws IllegalStateException when the model is closed, before or meanwhile
   * @throws UnsupportedModelException when the model is an encoder
   */
  public TextScore score(Prompt text) {
    return evaluations.score(text);
  }

  /**
   * Starts a generation, to be read as a stream.
   *
   * @param request what to generate
   * @return the running generation; close it unless it is read to its end
   * @throws ContextOverflowException when the prompt leaves no room in the context
   * @throws IllegalArgumentException when the prompt has no tokens, or the prompt or the bias ids
   *     outside the vocabulary
   * @throws IllegalStateException when the model is closed
   * @throws QueueFullException when too many requests wait already
   * @throws UnsupportedModelException when the model is an encoder
   */
  public Generation start(GenerationRequest request) {
    Generation generation = prepare(request);
    generation.submit();
    return generation;
  }

  private Generation prepare(GenerationRequest request) {
    evaluations.requireDecoder("text generation");
    int[] prompt = evaluations.encode(request.prompt());
    if (prompt.length >= engine.contextLength()) {
      throw new ContextOverflowException(prompt.length, engine.contextLength());
    }
    long seed =
        request.seed().isPresent()
            ? request.seed().getAsLong()
            : ThreadLocalRandom.current().nextLong();
    TokenMatcher matcher =
        request
            .grammar()
            .map(grammar -> vocabulary.get().start(grammar, !request.ignoreEndOfGeneration()))
            .orElse(null);
    SamplingOptions sampling = request.samplingOver(engine.sampling());
    Sampler sampler =
        new Sampler(
            sampling,
            seed,
            evaluations.tokens(),
            matcher,
            dryVocabulary.breakers(sampling.dry().map(Dry::breakers).orElse(List.of())),
            request.logProbabilities());
    return new Generation(request, prompt, sampler, engine);
  }

  /**
   * Answers in a conversation, and waits for the end.
   *
   * @param request the conversation, and how to answer
   * @return the whole answer; when the model is closed meanwhile, what there was until then
   * @throws TemplateException when the template cannot be used or refuses the conversation
   * @throws UnsupportedModelException when the model does not say how to write conversations, its
   *     template leaves out the request's tools, or it is an encoder
   * @throws ContextOverflowException when the conversation leaves no room in the context
   * @throws GenerationException when computing failed
   * @throws IllegalStateException when the model is closed
   */
  public ChatReply chat(ChatRequest request) {
    try (ChatStream answer = startChat(request)) {
      return answer.await();
    }
  }

  /**
   * Starts an answer in a conversation, to be read as a stream.
   *
   * @param request the conversation, and how to answer
   * @return the running answer; close it unless it is read to its end
   * @throws TemplateException when the template cannot be used or refuses the conversation
   * @throws UnsupportedModelException when the model does not say how to write conversations, its
   *     template leaves out the request's tools, or it is an encoder
   * @throws ContextOverflowException when the conversation leaves no room in the context
   * @throws IllegalStateException when the model is closed
   */
  public ChatStream startChat(ChatRequest request) {
    return chats.start(request, this::start);
  }

  /**
   * Writes what the model keeps of a prompt, its keys and values, so that another run of the
   * application need not evaluate it again. What has not been evaluated yet is evaluated first.
   * Other requests wait meanwhile.
   *
   * @param prompt such as a long document, or the tokens of a conversation
   * @param file is written as a whole, or left as it was when that fails
   * @throws IOException when writing fails
   * @throws ContextOverflowException when the prompt is longer than the context
   * @throws IllegalArgumentException when the prompt has no tokens or ids outside the vocabulary
   * @throws IllegalStateException when the model is closed
   * @throws UnsupportedModelException when the model is an encoder
   */
  public void saveSession(Prompt prompt, Path file) throws IOException {
    sessions.save(prompt, file);
  }

  /**
   * Reads what {@link #saveSession} has written: requests that begin with its tokens need not
   * evaluate them, until their memory is needed for others. The last tokens are evaluated and
   * compared to the bit, so a session of another model, of other options or of another version of
   * this library's arithmetic is refused.
   *
   * @param file a session
   * @return its tokens
   * @throws IOException when reading fails
   * @throws ModelFormatException when the file is damaged, or no session
   * @throws ContextOverflowException when the session is longer than the context
   * @throws IllegalArgumentException when the session was written by another model or version
   * @throws IllegalStateException when the model is closed
   * @throws UnsupportedModelException when the model is an encoder
   */
  public Prompt loadSession(Path file) throws IOException {
    return sessions.load(file);
  }

  /**
   * Searches the likeliest continuations of a prompt by beam search. Each step evaluates all of
   * them together, between the steps of what else runs; what they have in common is evaluated once.
   * Interrupting the thread ends the search with what it has.
   *
   * @param request what to continue, and how far
   * @return the continuations, the best first; as many as beams, unless the vocabulary ends before
   * @throws ContextOverflowException when the prompt leaves no room in the context
   * @throws GenerationException when computing failed
   * @throws IllegalArgumentException when the prompt has no tokens, or ids outside the vocabulary
   * @throws IllegalStateException when the model is closed, before or meanwhile
   * @throws UnsupportedModelException when the model is an encoder
   */
  public List<Beam> search(BeamRequest request) {
    return evaluations.search(request);
  }

  /**
   * Evaluates tokens from an empty context: for each, the scores of all tokens that may follow.
   *
   * @param tokens token ids, at least one and at most {@link #contextLength()}
   * @return logits, row-major, shape [tokens, vocabulary]
   * @throws ContextOverflowException when there are more tokens than the context holds
   * @throws GenerationException when a logit is not finite
   * @throws IllegalArgumentException when there are no tokens, ids outside the vocabulary, or 2³¹
   *     logits or more
   * @throws IllegalStateException when the model is closed, before or meanwhile
   * @throws UnsupportedModelException when the model is an encoder
   */
  public float[] logits(int... tokens) {
    return evaluations.logits(tokens);
  }

  /**
   * Evaluates tokens from an empty context and hands out, for each from a position on, the scores
   * of all tokens that may follow. Other callers wait while the consumer works.
   *
   * @param tokens token ids, at least one and at most {@link #contextLength()}
   * @param from the first position whose scores are wanted
   * @param consumer gets the scores, in ascending positions, on a thread of the model; it must not
   *     call the model
   * @throws ContextOverflowException when there are more tokens than the context holds
   * @throws GenerationException when a logit is not finite or the consumer fails
   * @throws IllegalArgumentException when there are no tokens, or ids outside the vocabulary
   * @throws IllegalStateException when the model is closed, before or meanwhile
   * @throws IndexOutOfBoundsException when there is no such position
   * @throws UnsupportedModelException when the model is an encoder
   */
  public void logits(int[] tokens, int from, LogitsConsumer consumer) {
    evaluations.logits(tokens, from, consumer);
  }

  /**
   * Evaluates tokens from an empty context and hands out what the matrices of the blocks are
   * multiplied by. A matrix that reads the same inputs as another gets them again. Other callers
   * wait while the consumer works.
   *
   * @param tokens token ids, at least one and at most {@link #contextLength()}
   * @param consumer gets the inputs, on a thread of the model; it must not call the model
   * @throws ContextOverflowException when there are more tokens than the context holds
   * @throws GenerationException when the consumer fails
   * @throws IllegalArgumentException when there are no tokens, or ids outside the vocabulary
   * @throws IllegalStateException when the model is closed, before or meanwhile
   * @throws UnsupportedModelException when the model is an encoder
   */
  public void observe(int[] tokens, MatrixInputConsumer consumer) {
    evaluations.observe(tokens, consumer);
  }

  /**
   * The vector of a text, of length 1: that of a similar text points in a similar direction.
   *
   * @param text plain text; what looks like a control token in it stays text
   * @return the vector
   * @throws ContextOverflowException when the text is longer than the context
   * @throws GenerationException when computing failed
   * @throws IllegalArgumentException when the text has no tokens
   * @throws IllegalStateException when the model is closed, before or meanwhile
   */
  public float[] embed(String text) {
    return embed(List.of(text)).getFirst();
  }

  /**
   * The vectors of texts, of length 1. They are evaluated together, and each is what it would be
   * alone.
   *
   * @param texts plain texts; what looks like a control token in them stays text
   * @return the vectors, in the order of the texts
   * @throws ContextOverflowException when a text is longer than the context
   * @throws GenerationException when computing failed
   * @throws IllegalArgumentException when a text has no tokens
   * @throws IllegalStateException when the model is closed, before or meanwhile
   */
  public List<float[]> embed(List<String> texts) {
    return embed(EmbeddingRequest.of(texts));
  }

  /**
   * The vectors of texts. Models made for it give the best ones, but any can; many of them want
   * something in front of each text, {@code "query: "} say, which is the caller's to add.
   *
   * @param request the texts, and what their vectors should be like
   * @return the vectors, in the order of the texts
   * @throws ContextOverflowException when a text is longer than the context; nothing is cut
   * @throws GenerationException when computing failed
   * @throws IllegalArgumentException when a text has no tokens, ids outside the vocabulary, or more
   *     dimensions are wanted than there are
   * @throws IllegalStateException when the model is closed, before or meanwhile
   */
  public List<float[]> embed(EmbeddingRequest request) {
    return evaluations.embed(request);
  }

  /**
   * Scores how well documents answer a query, with a model made for that.
   *
   * @param query plain text
   * @param documents plain texts; what looks like a control token in them stays text
   * @return for each document, in their order, the logit that the model computes, or the
   *     probability that it answers "yes" where it was made to answer so: the greater, the better
   * @throws ContextOverflowException when query and document together are longer than the context
   * @throws GenerationException when computing failed
   * @throws IllegalStateException when the model is closed, before or meanwhile
   * @throws UnsupportedModelException when the model is none that scores: see {@link
   *     ModelInfo#reranker}
   */
  public float[] rerank(String query, List<String> documents) {
    return evaluations.rerank(query, documents);
  }

  /**
   * Frees the model's memory and ends its threads. Generations that run end with {@link
   * FinishReason#MODEL_CLOSED}; other calls end with IllegalStateException. Waits until nothing
   * touches the memory any more. Closing again does nothing.
   */
  @Override
  public void close() {
    closing.lock();
    try {
      if (!closed) {
        engine.close();
        closed = true;
      }
    } finally {
      closing.unlock();
    }
  }
}
