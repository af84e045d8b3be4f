package dev.nomoat.convert;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The heads of descriptions. */
class ModelCardTest {
  @Test
  void textsAndListsAreRead() {
    ModelCard card =
        ModelCard.parse(
            """
            ---
            license: other # see below
            license_name: "a: b"
            tags:
            - one
            -   'two words'
            language: [en, "de" , ]
            widget:
            - text: hello
            model-index:
            - name: x
              results: []
            description: |
              lines
            empty:
            ---
            license: mit
            """);
    assertThat(card.one("license")).contains("other");
    assertThat(card.one("none", "license_name")).contains("a: b");
    assertThat(card.all("tags")).containsExactly("one", "two words");
    assertThat(card.all("language")).containsExactly("en", "de");
    assertThat(card.values())
        .doesNotContainKeys("widget", "model-index", "description", "empty", "text", "");
  }

  @Test
  void aTextWithoutHeadTellsNothing() {
    assertThat(ModelCard.parse("# A model\nlicense: mit\n").values()).isEmpty();
    assertThat(ModelCard.parse("").values()).isEmpty();
    assertThat(ModelCard.parse("---").values()).isEmpty();
  }
}
