/** Text to token ids and back. */
module dev.nomoat.tokenizer {
  requires static transitive org.jspecify;

  exports dev.nomoat.tokenizer;
}
