/**
 * The program {@code llm}, one small class for each subcommand, and examples to copy from: {@code
 * StreamAStory}, {@code AskAQuestion}, {@code CallATool}, {@code ManyThreads}. They use the public
 * API of the library only.
 */
@NullMarked
package dev.nomoat.examples;

import org.jspecify.annotations.NullMarked;
