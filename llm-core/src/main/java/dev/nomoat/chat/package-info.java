/**
 * Conversations with a model.
 *
 * <p>A {@link dev.nomoat.chat.ChatRequest} holds {@link dev.nomoat.chat.ChatMessage messages} of
 * {@link dev.nomoat.chat.Role roles} and the {@link dev.nomoat.chat.Tool tools} that the model may
 * call. A {@link dev.nomoat.chat.ChatTemplate}, as a rule the one of the model's file, writes them
 * in the way that the model has learnt. What the model answers is taken apart while it arrives,
 * into text for the user, reasoning, and {@link dev.nomoat.chat.ToolCall calls} of tools: a {@link
 * dev.nomoat.chat.ChatStream} of {@link dev.nomoat.chat.ChatEvent events}, or a {@link
 * dev.nomoat.chat.ChatReply} as a whole.
 *
 * <p>What somebody else wrote, such as a message or the result of a tool, cannot pose as a part of
 * the conversation: control tokens in it are encoded as the text that they are.
 */
@NullMarked
package dev.nomoat.chat;

import org.jspecify.annotations.NullMarked;
