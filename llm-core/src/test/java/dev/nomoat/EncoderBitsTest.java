package dev.nomoat;

import org.junit.jupiter.api.Tag;

/** With vectors of any width. */
@Tag("widths")
class EncoderBitsTest extends EncoderBits {}
