package dev.nomoat.tokenizer;

import dev.nomoat.tokenizer.unigram.UnigramEncoder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The contents of a SentencePiece {@code tokenizer.model}, as far as encoding and decoding need
 * them, and checked as the library checks them.
 *
 * <p>Source: {@code sentencepiece_model.proto} and {@code model_interface.cc}.
 */
final class SentencePieceModel {
  /** How text becomes pieces. */
  enum Type {
    UNIGRAM,
    BPE
  }

  /** Bits of a byte table. */
  private static final int BYTES = 256;

  private Type type = Type.UNIGRAM;
  private final List<VocabularyEntry> pieces = new ArrayList<>();
  private boolean byteFallback;
  private boolean spaceAfter;
  private final Map<String, String> namesOfSpecials =
      new HashMap<>(Map.of("unk", "<unk>", "bos", "<s>", "eos", "</s>", "pad", "<pad>"));
  private byte[] charsmap = {};
  private int charsmapOffset;
  private boolean addDummyPrefix = true;
  private boolean removeExtraSpaces = true;
  private boolean escapeSpaces = true;

  /** By text: control, unknown and byte pieces, which text never becomes. */
  private final Map<String, Integer> reserved = new HashMap<>();

  /** By text: the others. */
  private final Map<String, Integer> texts = new HashMap<>();

  private int unknownId = -1;

  private SentencePieceModel() {}

  /**
   * Reads a file's contents.
   *
   * @throws TokenizerFormatException if they are malformed, or ask for what is not supported
   */
  static SentencePieceModel read(byte[] contents) {
    var model = new SentencePieceModel();
    var reader = new ProtobufReader(contents);
    List<Integer> offsets = new ArrayList<>();
    for (int field = reader.nextField(); field != 0; field = reader.nextField()) {
      switch (field) {
        case 1 -> {
          offsets.add(reader.offset());
          model.readPiece(reader.message());
        }
        case 2 -> model.readTrainer(reader.message());
        case 3 -> model.readNormalizer(reader.message());
        case 5 -> checkDenormalizer(reader.message());
        default -> reader.skip();
      }
    }
    model.check(offsets, contents.length);
    return model;
  }

  private void readPiece(ProtobufReader reader) {
    String text = "";
    float score = 0;
    TokenType tokenType = TokenType.NORMAL;
    for (int field = reader.nextField(); field != 0; field = reader.nextField()) {
      switch (field) {
        case 1 -> text = reader.text();
        case 2 -> score = reader.number();
        case 3 -> tokenType = tokenType(reader);
        default -> reader.skip();
      }
    }
    try {
      pieces.add(new VocabularyEntry(text, tokenType, score));
    } catch (IllegalArgumentException e) {
      throw reader.fault(String.valueOf(e.getMessage()));
    }
  }

  private static TokenType tokenType(ProtobufReader reader) {
    long number = reader.integer();
    if (number < 1 || number > 6) {
      throw reader.fault("a piece has the unknown type " + number);
    }
    return switch ((int) number) {
      case 2 -> TokenType.UNKNOWN;
      case 3 -> TokenType.CONTROL;
      case 4 -> TokenType.USER_DEFINED;
      case 5 -> TokenType.UNUSED;
      case 6 -> TokenType.BYTE;
      default -> TokenType.NORMAL;
    };
  }

  private void readTrainer(ProtobufReader reader) {
    for (int field = reader.nextField(); field != 0; field = reader.nextField()) {
      switch (field) {
        case 3 -> type = type(reader);
        case 24 -> spaceAfter = reader.bool();
        case 35 -> byteFallback = reader.bool();
        case 45 -> readName(reader, "unk");
        case 46 -> readName(reader, "bos");
        case 47 -> readName(reader, "eos");
        case 48 -> readName(reader, "pad");
        default -> reader.skip();
      }
    }
  }

  private void readName(ProtobufReader reader, String special) {
    String text = reader.text();
    if (!text.isEmpty()) {
      namesOfSpecials.put(special, text);
    }
  }

  private static Type type(ProtobufReader reader) {
    long number = reader.integer();
    if (number < 1 || number > 4) {
      throw reader.fault("the model has the unknown type " + number);
    }
    return switch ((int) number) {
      case 1 -> Type.UNIGRAM;
      case 2 -> Type.BPE;
      default ->
          throw reader.fault(
              "models of the type %s are not supported".formatted(number == 3 ? "WORD" : "CHAR"));
    };
  }

  private void readNormalizer(ProtobufReader reader) {
    for (int field = reader.nextField(); field != 0; field = reader.nextField()) {
      switch (field) {
        case 2 -> {
          charsmapOffset = reader.offset();
          charsmap = reader.bytes();
        }
        case 3 -> addDummyPrefix = reader.bool();
        case 4 -> removeExtraSpaces = reader.bool();
        case 5 -> escapeSpaces = reader.bool();
        default -> reader.skip();
      }
    }
  }

  private static void checkDenormalizer(ProtobufReader reader) {
    for (int field = reader.nextField(); field != 0; field = reader.nextField()) {
      if (field == 2 && reader.bytes().length > 0) {
        throw reader.fault("a denormalizer_spec with a character map is not supported");
      } else if (field != 2) {
        reader.skip();
      }
    }
  }

  private void check(List<Integer> offsets, int length) {
    boolean[] bytes = new boolean[BYTES];
    int byteTokens = 0;
    for (int id = 0; id < pieces.size(); id++) {
      VocabularyEntry piece = pieces.get(id);
      int offset = offsets.get(id);
      boolean isReserved = isReserved(piece.type());
      if (piece.text().isEmpty()) {
        throw new TokenizerFormatException(offset, "piece %d is empty".formatted(id));
      }
      Integer earlier = (isReserved ? reserved : texts).putIfAbsent(piece.text(), id);
      if (earlier != null) {
        throw new TokenizerFormatException(
            offset, "pieces %d and %d are both %s".formatted(earlier, id, Quoted.of(piece.text())));
      }
      if (type == Type.UNIGRAM && !UnigramEncoder.isScore(piece.score())) {
        throw new TokenizerFormatException(
            offset,
            "piece %d, %s, has the score %s, beyond what can be added up"
                .formatted(id, Quoted.of(piece.text()), piece.score()));
      }
      if (piece.type() == TokenType.UNKNOWN) {
        if (unknownId >= 0) {
          throw new TokenizerFormatException(
              offset, "pieces %d and %d are both unknown pieces".formatted(unknownId, id));
        }
        unknownId = id;
      }
      if (piece.type() == TokenType.BYTE) {
        int value = piece.byteValue() & 0xFF;
        if (!byteFallback || bytes[value]) {
          throw new TokenizerFormatException(
              offset,
              byteFallback
                  ? "piece %d is byte 0x%02X once more".formatted(id, value)
                  : "piece %d is a byte, which the model does not fall back to".formatted(id));
        }
        bytes[value] = true;
        byteTokens++;
      }
    }
    if (unknownId < 0) {
      throw new TokenizerFormatException(length, "there is no unknown piece");
    }
    if (byteFallback && byteTokens < BYTES) {
      throw new TokenizerFormatException(
          length, "the model falls back to bytes, but has only %d of them".formatted(byteTokens));
    }
  }

  private static boolean isReserved(TokenType type) {
    return switch (type) {
      case NORMAL, USER_DEFINED, UNUSED -> false;
      case UNKNOWN, CONTROL, BYTE -> true;
    };
  }

  Type type() {
    return type;
  }

  /** The pieces by id. */
  List<VocabularyEntry> pieces() {
    return pieces;
  }

  /** The id of a piece by its text; control pieces go before others. */
  OptionalInt idOf(String text) {
    Integer id = reserved.getOrDefault(text, texts.get(text));
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  int unknownId() {
    return unknownId;
  }

  /** The control piece that is {@code bos}, {@code eos} or {@code pad}, if there is one. */
  OptionalInt special(String name) {
    Integer id = reserved.get(namesOfSpecials.get(name));
    return id == null || pieces.get(id).type() != TokenType.CONTROL
        ? OptionalInt.empty()
        : OptionalInt.of(id);
  }

  /** Whether unknown characters are spelt by the tokens of their bytes. */
  boolean byteFallback() {
    return byteFallback;
  }

  /** Whether the space that belongs to a word is the one after it. */
  boolean spaceAfter() {
    return spaceAfter;
  }

  /** The precompiled character map; empty for none. */
  byte[] charsmap() {
    return charsmap;
  }

  /** Where the character map starts in the file. */
  int charsmapOffset() {
    return charsmapOffset;
  }

  boolean addDummyPrefix() {
    return addDummyPrefix;
  }

  boolean removeExtraSpaces() {
    return removeExtraSpaces;
  }

  boolean escapeSpaces() {
    return escapeSpaces;
  }
}
