/**
 * Who computes when: the worker team that shares the loops of one step, and the scheduler that
 * forms the steps.
 */
@NullMarked
package dev.nomoat.schedule;

import org.jspecify.annotations.NullMarked;
