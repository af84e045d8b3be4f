package dev.nomoat;

import org.junit.jupiter.api.Tag;

/** In a JVM that was started without the vector module. */
@Tag("novector")
class EncoderBitsWithoutVectorsTest extends EncoderBits {}
