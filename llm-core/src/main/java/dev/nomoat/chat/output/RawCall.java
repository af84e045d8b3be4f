package dev.nomoat.chat.output;

import dev.nomoat.tokenizer.json.Json;

/**
 * A call as the model wrote it.
 *
 * @param id its id, or the empty text if the model gave none
 * @param name the tool's name
 * @param arguments the arguments
 */
record RawCall(String id, String name, Json.ObjectValue arguments) {}
