/** Text to token ids and back. */
@SuppressWarnings("module") // dev.nomoat is compiled after this module
module dev.nomoat.tokenizer {
  requires static org.jspecify;

  exports dev.nomoat.tokenizer;
  exports dev.nomoat.tokenizer.json to
      dev.nomoat;
  exports dev.nomoat.tokenizer.vocab to
      dev.nomoat;
}
