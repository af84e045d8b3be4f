/**
 * Conversations with a model: {@link dev.nomoat.chat.ChatMessage messages} of {@link
 * dev.nomoat.chat.Role roles}, and how they are written for a model.
 *
 * <p>A model has learnt one way to write conversations, which its file gives as a Jinja template.
 * {@link dev.nomoat.chat.ChatMl} writes the most common one for models whose template is certain to
 * be that, and refuses the others: a conversation that is written slightly wrong gives worse
 * answers without any error.
 */
@NullMarked
package dev.nomoat.chat;

import org.jspecify.annotations.NullMarked;
