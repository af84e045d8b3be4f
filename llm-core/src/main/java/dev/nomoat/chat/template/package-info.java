/**
 * An interpreter for the part of Jinja that chat templates use, with the meaning that Python gives
 * it and the settings of Hugging Face: {@code trim_blocks} and {@code lstrip_blocks}, loop
 * controls, generation blocks, a sandbox in which nothing but namespaces can change.
 *
 * <p>{@link dev.nomoat.chat.template.Lexer} → {@link dev.nomoat.chat.template.StatementParser} →
 * {@link dev.nomoat.chat.template.Interpreter}, which asks {@link
 * dev.nomoat.chat.template.Evaluator} for the values of expressions. Strings are {@link
 * dev.nomoat.chat.template.Text}s, which know of every character whether somebody else wrote it.
 *
 * <p>What is not supported is refused with its place; nothing is left out silently. Templates come
 * from anywhere, so their steps, their nesting and what they build are limited.
 */
@NullMarked
package dev.nomoat.chat.template;

import org.jspecify.annotations.NullMarked;
