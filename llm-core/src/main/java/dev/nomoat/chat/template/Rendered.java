package dev.nomoat.chat.template;

import java.util.Arrays;

/** What a template wrote, and which of it somebody else wrote. Immutable. */
public final class Rendered {
  private final String text;
  private final int[] untrusted;

  Rendered(Text text) {
    this.text = text.string();
    this.untrusted = text.untrustedParts();
  }

  /**
   * The text.
   *
   * @return all of it
   */
  public String text() {
    return text;
  }

  /**
   * Whether a part is the template's own.
   *
   * @param from where it begins, in UTF-16
   * @param to where it ends
   * @return whether nothing in it was written by somebody else
   */
  public boolean isTrusted(int from, int to) {
    int found = Arrays.binarySearch(untrusted, from);
    int next = found >= 0 ? found : -found - 1;
    // Starts have even places. A part may touch the end of an untrusted one and the start of one.
    if (found >= 0 && next % 2 == 1) {
      next++;
    }
    boolean inside = next % 2 == 1;
    return !inside && (next >= untrusted.length || untrusted[next] >= to);
  }
}
