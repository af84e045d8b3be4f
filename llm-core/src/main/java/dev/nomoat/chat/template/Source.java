package dev.nomoat.chat.template;

import dev.nomoat.chat.TemplateException;
import java.util.Arrays;

/** The text of a template, with line ends made uniform and the last one taken away. */
final class Source {
  private final String text;
  private final int[] lineStarts;

  Source(String template) {
    String uniform = template.replace("\r\n", "\n").replace('\r', '\n');
    text = uniform.endsWith("\n") ? uniform.substring(0, uniform.length() - 1) : uniform;
    int[] starts = new int[16];
    int count = 1;
    for (int at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
      if (count == starts.length) {
        starts = Arrays.copyOf(starts, 2 * count);
      }
      starts[count++] = at + 1;
    }
    lineStarts = Arrays.copyOf(starts, count);
  }

  String text() {
    return text;
  }

  /** An error at a place of the text. */
  TemplateException error(int at, String message) {
    int found = Arrays.binarySearch(lineStarts, at);
    int line = found >= 0 ? found : -found - 2;
    return new TemplateException(line + 1, at - lineStarts[line] + 1, message);
  }
}
