/** Text to token ids and back. */
module dev.nomoat.tokenizer {
  requires static org.jspecify;

  exports dev.nomoat.tokenizer;
}
