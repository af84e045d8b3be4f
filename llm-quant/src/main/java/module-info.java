/** Block formats of quantised numbers, and fast products with them. */
module dev.nomoat.quant {
  requires jdk.incubator.vector;
  requires org.slf4j;
  requires static org.jspecify;

  exports dev.nomoat.quant;
}
