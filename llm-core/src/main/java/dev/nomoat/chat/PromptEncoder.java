package dev.nomoat.chat;

import dev.nomoat.Prompt;
import dev.nomoat.chat.template.Rendered;
import dev.nomoat.tokenizer.SpecialTokens;
import dev.nomoat.tokenizer.TokenType;
import dev.nomoat.tokenizer.Tokenizer;
import dev.nomoat.tokenizer.VocabularyEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Encodes rendered text: control tokens of the template become tokens, the text between them is
 * encoded as plain text. The leftmost token counts, and of several the longest, as in any text.
 */
final class PromptEncoder {
  private final Tokenizer tokenizer;

  /** The control and user-defined tokens, character by character. */
  private final Node root = new Node();

  private static final class Node {
    private final Map<Character, Node> next = new HashMap<>();
    private int id = -1;
  }

  PromptEncoder(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    for (int id = 0; id < tokenizer.vocabularySize(); id++) {
      VocabularyEntry entry = tokenizer.token(id);
      boolean special =
          switch (entry.type()) {
            case CONTROL, USER_DEFINED, UNKNOWN -> true;
            case NORMAL, UNUSED, BYTE -> false;
          };
      if (special && !entry.text().isEmpty()) {
        add(entry.text(), id);
      }
    }
  }

  private void add(String text, int id) {
    Node node = root;
    for (int i = 0; i < text.length(); i++) {
      node = node.next.computeIfAbsent(text.charAt(i), _ -> new Node());
    }
    node.id = id;
  }

  /** The tokens, with the beginning of sequence before them if the model wants it there. */
  Prompt.Tokens prompt(Rendered rendered) {
    List<Integer> ids = new ArrayList<>();
    OptionalInt bos = tokenizer.addsBos() ? tokenizer.bosId() : OptionalInt.empty();
    bos.ifPresent(ids::add);
    encode(rendered, ids);
    boolean twice = bos.isPresent() && ids.size() > 1 && ids.get(1) == bos.getAsInt();
    return new Prompt.Tokens(twice ? ids.subList(1, ids.size()) : ids);
  }

  private void encode(Rendered rendered, List<Integer> ids) {
    String text = rendered.text();
    int from = 0;
    int at = 0;
    while (at < text.length()) {
      VocabularyEntry found = longest(rendered, at);
      if (found == null) {
        at++;
      } else if (found.type() == TokenType.USER_DEFINED) {
        // The tokenizer finds it again.
        at += found.text().length();
      } else {
        plain(text.substring(from, at), ids);
        ids.add(tokenizer.idOf(found.text()).orElseThrow());
        at += found.text().length();
        from = at;
      }
    }
    plain(text.substring(from), ids);
  }

  /** The longest token at a place; one that is not the template's own counts only if it is text. */
  private @Nullable VocabularyEntry longest(Rendered rendered, int from) {
    String text = rendered.text();
    VocabularyEntry longest = null;
    Node node = root.next.get(text.charAt(from));
    for (int end = from + 1; node != null; end++) {
      if (node.id >= 0) {
        VocabularyEntry entry = tokenizer.token(node.id);
        boolean honoured = entry.type() == TokenType.USER_DEFINED || rendered.isTrusted(from, end);
        longest = honoured ? entry : longest;
      }
      node = end < text.length() ? node.next.get(text.charAt(end)) : null;
    }
    return longest;
  }

  private void plain(String text, List<Integer> ids) {
    if (!text.isEmpty()) {
      for (int id : tokenizer.encode(text, SpecialTokens.PLAIN_TEXT)) {
        ids.add(id);
      }
    }
  }
}
