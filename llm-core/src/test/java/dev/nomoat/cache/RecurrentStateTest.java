package dev.nomoat.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.nomoat.CacheType;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecurrentStateTest {
  private static final StateShape SHAPE = new StateShape(List.of(3, 0, 4));

  private final Arena arena = Arena.ofConfined();
  private final PagePool pool =
      new PagePool(CacheShape.uniform(3, 1, 8, CacheType.F32), SHAPE, arena);
  private final SequenceCache sequence = new SequenceCache(pool);

  @AfterEach
  void close() {
    arena.close();
  }

  private static float[] read(SequenceCache from, int layer, int at, int count) {
    float[] target = new float[count + 2];
    target[0] = 42;
    target[count + 1] = 42;
    from.readState(layer, at, count, target, 1);
    assertThat(target[0]).isEqualTo(42);
    assertThat(target[count + 1]).isEqualTo(42);
    return Arrays.copyOfRange(target, 1, count + 1);
  }

  private void evaluate(int position, int tokens) {
    sequence.require(position + tokens);
    sequence.begin(position);
    sequence.writeState(0, 0, 3, new float[] {9, 1, 2, 3}, 1);
    sequence.writeState(2, 1, 2, new float[] {4, 5}, 0);
    sequence.end(position + tokens);
  }

  @Test
  void bytesAreThoseOfAllLayers() {
    assertThat(SHAPE.bytes()).isEqualTo(28);
    assertThat(StateShape.NONE.bytes()).isZero();
  }

  @Test
  void eachLayerKeepsItsOwn() {
    evaluate(0, 5);
    assertThat(read(sequence, 0, 1, 2)).containsExactly(2, 3);
    assertThat(read(sequence, 2, 0, 4)).containsExactly(0, 4, 5, 0);
  }

  @Test
  void sequencesDoNotShareMemory() {
    SequenceCache other = new SequenceCache(pool);
    other.require(1);
    other.begin(0);
    other.writeState(0, 0, 1, new float[] {7}, 0);
    other.end(1);
    evaluate(0, 5);
    assertThat(read(other, 0, 0, 1)).containsExactly(7);
  }

  @Test
  void beginsWithZerosWhateverWasThere() {
    evaluate(0, 5);
    sequence.begin(0);
    assertThat(read(sequence, 0, 0, 3)).containsOnly(0);
    sequence.end(1);
    sequence.release();
    sequence.release();
    SequenceCache next = new SequenceCache(pool);
    next.require(1);
    next.begin(0);
    assertThat(read(next, 2, 0, 4)).containsOnly(0);
  }

  @Test
  void goesOnWhereItIsOrAnew() {
    evaluate(0, 5);
    assertThat(sequence.resumeAt(5)).isEqualTo(5);
    assertThat(sequence.resumeAt(4)).isZero();
    assertThat(sequence.resumeAt(0)).isZero();
    assertThatIllegalStateException()
        .isThrownBy(() -> sequence.begin(4))
        .withMessageContaining("state of 5 tokens cannot go on at position 4");
    evaluate(5, 2);
    assertThat(sequence.resumeAt(7)).isEqualTo(7);
    sequence.release();
    assertThat(sequence.resumeAt(7)).isZero();
  }

  @Test
  void anEvaluationThatDidNotEndLeavesNothingToGoOnFrom() {
    evaluate(0, 5);
    sequence.begin(5);
    assertThat(sequence.resumeAt(5)).isZero();
    assertThatIllegalStateException()
        .isThrownBy(() -> sequence.begin(5))
        .withMessageContaining("broken");
    evaluate(0, 5);
    assertThat(sequence.resumeAt(5)).isEqualTo(5);
  }

  @Test
  void keysAndValuesAloneGoOnAnywhere() {
    SequenceCache plain =
        new SequenceCache(new PagePool(CacheShape.uniform(1, 1, 8, CacheType.F32), arena));
    plain.require(9);
    plain.begin(0);
    plain.end(9);
    assertThat(plain.resumeAt(4)).isEqualTo(4);
    plain.begin(4);
    plain.end(5);
  }
}
