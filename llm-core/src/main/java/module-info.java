/** From a model file to text: loads open language models and runs them inside the application. */
module dev.nomoat {
  requires jdk.jfr;
  requires jdk.management;
  requires org.slf4j;
  requires transitive dev.nomoat.quant;
  requires transitive dev.nomoat.tokenizer;
  requires static org.jspecify;

  exports dev.nomoat;
  exports dev.nomoat.chat;
  exports dev.nomoat.convert;
  exports dev.nomoat.file.gguf;
  exports dev.nomoat.file.safetensors;
  exports dev.nomoat.grammar;
  exports dev.nomoat.measure;
}
