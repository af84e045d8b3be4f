package dev.nomoat.chat;

import dev.nomoat.Generation;
import dev.nomoat.GenerationEvent;
import dev.nomoat.GenerationException;
import dev.nomoat.GenerationResult;
import dev.nomoat.Token;
import dev.nomoat.chat.output.OutputParser;
import dev.nomoat.chat.output.OutputPart;
import dev.nomoat.tokenizer.Tokenizer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A running answer: a stream of its parts with one consumer.
 *
 * <p>{@link #next} and {@link #await} share one stream and are for one thread at a time; {@link
 * #cancel} and {@link #close} may be called from any thread at any time. An answer that is left
 * without reading it to its end should be closed.
 */
public final class ChatStream implements AutoCloseable {
  private final Generation generation;
  private final Tokenizer tokenizer;
  private final OutputParser parser;
  private final ArrayDeque<ChatEvent> events = new ArrayDeque<>();
  private final List<Token> tokens = new ArrayList<>();
  private final StringBuilder content = new StringBuilder();
  private final StringBuilder reasoning = new StringBuilder();
  private final List<ToolCall> calls = new ArrayList<>();
  private final List<MalformedCall> malformed = new ArrayList<>();
  private Optional<ChatReply> reply = Optional.empty();

  ChatStream(Generation generation, Tokenizer tokenizer, OutputParser parser) {
    this.generation = generation;
    this.tokenizer = tokenizer;
    this.parser = parser;
  }

  /**
   * Waits for what happens next.
   *
   * <p>When the waiting thread is interrupted, the answer is cancelled and the interrupt status
   * kept.
   *
   * @return a part, or the end after the last part, or empty when the end was returned before
   * @throws GenerationException when computing failed
   */
  public Optional<ChatEvent> next() {
    while (events.isEmpty() && reply.isEmpty()) {
      switch (generation.next().orElseThrow()) {
        case GenerationEvent.TokenProduced produced -> take(produced.token());
        case GenerationEvent.Finished finished -> finish(finished.result());
      }
    }
    return Optional.ofNullable(events.poll());
  }

  private void take(Token token) {
    tokens.add(token);
    // A control token has no text of its own: what comes with it was before it.
    if (!token.text().isEmpty()) {
      parser.text(token.text()).forEach(this::add);
    }
    if (tokenizer.isControl(token.id())) {
      parser.control(tokenizer.token(token.id()).text()).forEach(this::add);
    }
  }

  private void add(OutputPart part) {
    switch (part) {
      case OutputPart.Content(String text) -> {
        content.append(text);
        events.add(new ChatEvent.Content(text));
      }
      case OutputPart.Reasoning(String text) -> {
        reasoning.append(text);
        events.add(new ChatEvent.Reasoning(text));
      }
      case OutputPart.Call(String id, String name, String arguments) -> {
        String given = id.isEmpty() ? String.format(Locale.ROOT, "call%05d", calls.size()) : id;
        ToolCall call = new ToolCall(given, name, arguments);
        calls.add(call);
        events.add(new ChatEvent.Called(call));
      }
      case OutputPart.Malformed(String text, String reason) -> {
        MalformedCall call = new MalformedCall(text, reason);
        content.append(text);
        malformed.add(call);
        events.add(new ChatEvent.Malformed(call));
      }
    }
  }

  private void finish(GenerationResult result) {
    parser.finish().forEach(this::add);
    ChatReply whole =
        new ChatReply(
            content.toString().stripTrailing(),
            reasoning.toString().strip(),
            calls,
            malformed,
            result.finishReason(),
            result.usage(),
            tokens);
    reply = Optional.of(whole);
    events.add(new ChatEvent.Finished(whole));
  }

  /**
   * Waits for the end. Parts that were not read are in the reply, and then gone from the stream.
   *
   * @return the whole answer; the same when called again
   * @throws GenerationException when computing failed
   */
  public ChatReply await() {
    while (next().isPresent()) {
      // each part is in the reply already
    }
    return reply.orElseThrow();
  }

  /** Ends the answer at once. Does nothing when it has ended. */
  public void cancel() {
    generation.cancel();
  }

  /** Cancels the answer when it still runs. */
  @Override
  public void close() {
    generation.close();
  }
}
