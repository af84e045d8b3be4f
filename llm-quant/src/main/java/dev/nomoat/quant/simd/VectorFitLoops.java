package dev.nomoat.quant.simd;

import static dev.nomoat.quant.simd.VectorLoops.F;
import static dev.nomoat.quant.simd.VectorLoops.I;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;

/** The loops of the search on the Vector API. */
public final class VectorFitLoops implements FitLoops {

  /** From an element of a lane to the next one. */
  private static final int STRIDE = LANES;

  /** Lanes of a vector. */
  private static final int WIDTH = VectorLoops.LANES;

  /** Makes the loops. */
  public VectorFitLoops() {}

  @Override
  public void measure(float[] x, int size, int lanes, float[] low, float[] high, float[] squares) {
    for (int l = 0; l < lanes; l += WIDTH) {
      FloatVector least = FloatVector.fromArray(F, x, l);
      FloatVector most = least;
      FloatVector even = FloatVector.zero(F);
      FloatVector odd = even;
      for (int at = l; at < size * STRIDE; at += 2 * STRIDE) {
        FloatVector x0 = FloatVector.fromArray(F, x, at);
        FloatVector x1 = FloatVector.fromArray(F, x, at + STRIDE);
        least = least.blend(x0, x0.compare(LT, least));
        most = most.blend(x0, x0.compare(GT, most));
        least = least.blend(x1, x1.compare(LT, least));
        most = most.blend(x1, x1.compare(GT, most));
        even = x0.fma(x0, even);
        odd = x1.fma(x1, odd);
      }
      least.intoArray(low, l);
      most.intoArray(high, l);
      even.add(odd).intoArray(squares, l);
    }
  }

  @Override
  public void weigh(float[] x, int size, int lanes, float[] rms, float[] weight) {
    for (int l = 0; l < lanes; l += WIDTH) {
      FloatVector added = FloatVector.fromArray(F, rms, l);
      for (int at = l; at < size * STRIDE; at += STRIDE) {
        FloatVector.fromArray(F, x, at).abs().add(added).intoArray(weight, at);
      }
    }
  }

  @Override
  public void weighImportant(float[] x, int size, int lanes, float[] square, float[] weight) {
    for (int l = 0; l < lanes; l += WIDTH) {
      FloatVector added = FloatVector.fromArray(F, square, l);
      for (int at = l; at < size * STRIDE; at += STRIDE) {
        FloatVector numbers = FloatVector.fromArray(F, x, at);
        FloatVector.fromArray(F, weight, at)
            .mul(numbers.fma(numbers, added).sqrt())
            .intoArray(weight, at);
      }
    }
  }

  @Override
  public void round(
      float[] x, int size, int lanes, float[] inverse, float[] min, int low, int high, float[] q) {
    IntVector lowBits = IntVector.broadcast(I, Float.floatToRawIntBits(ROUND + low));
    IntVector highBits = IntVector.broadcast(I, Float.floatToRawIntBits(ROUND + high));
    FloatVector shift = FloatVector.broadcast(F, ROUND);
    for (int l = 0; l < lanes; l += WIDTH) {
      FloatVector factor = FloatVector.fromArray(F, inverse, l);
      FloatVector origin = FloatVector.fromArray(F, min, l);
      for (int at = l; at < size * STRIDE; at += STRIDE) {
        FloatVector.fromArray(F, x, at)
            .sub(origin)
            .fma(factor, shift)
            .reinterpretAsInts()
            .max(lowBits)
            .min(highBits)
            .reinterpretAsFloats()
            .sub(shift)
            .intoArray(q, at);
      }
    }
  }

  @Override
  public void sum(
      float[] x,
      float[] weight,
      float[] q,
      int size,
      int lanes,
      float[] wq,
      float[] wqq,
      float[] wqx) {
    for (int l = 0; l < lanes; l += WIDTH) {
      FloatVector sum0 = FloatVector.zero(F);
      FloatVector sum1 = sum0;
      FloatVector squares0 = sum0;
      FloatVector squares1 = sum0;
      FloatVector products0 = sum0;
      FloatVector products1 = sum0;
      for (int at = l; at < size * STRIDE; at += 2 * STRIDE) {
        FloatVector q0 = FloatVector.fromArray(F, q, at);
        FloatVector q1 = FloatVector.fromArray(F, q, at + STRIDE);
        FloatVector weighted0 = FloatVector.fromArray(F, weight, at).mul(q0);
        FloatVector weighted1 = FloatVector.fromArray(F, weight, at + STRIDE).mul(q1);
        sum0 = sum0.add(weighted0);
        sum1 = sum1.add(weighted1);
        squares0 = weighted0.fma(q0, squares0);
        squares1 = weighted1.fma(q1, squares1);
        products0 = weighted0.fma(FloatVector.fromArray(F, x, at), products0);
        products1 = weighted1.fma(FloatVector.fromArray(F, x, at + STRIDE), products1);
      }
      sum0.add(sum1).intoArray(wq, l);
      squares0.add(squares1).intoArray(wqq, l);
      products0.add(products1).intoArray(wqx, l);
    }
  }

  @Override
  public void roundAndSum(
      float[] x,
      float[] weight,
      int size,
      int lanes,
      float[] inverse,
      float[] min,
      int low,
      int high,
      float[] wq,
      float[] wqq,
      float[] wqx) {
    IntVector lowBits = IntVector.broadcast(I, Float.floatToRawIntBits(ROUND + low));
    IntVector highBits = IntVector.broadcast(I, Float.floatToRawIntBits(ROUND + high));
    FloatVector shift = FloatVector.broadcast(F, ROUND);
    for (int l = 0; l < lanes; l += WIDTH) {
      FloatVector factor = FloatVector.fromArray(F, inverse, l);
      FloatVector origin = FloatVector.fromArray(F, min, l);
      FloatVector sum0 = FloatVector.zero(F);
      FloatVector sum1 = sum0;
      FloatVector squares0 = sum0;
      FloatVector squares1 = sum0;
      FloatVector products0 = sum0;
      FloatVector products1 = sum0;
      for (int at = l; at < size * STRIDE; at += 2 * STRIDE) {
        FloatVector x0 = FloatVector.fromArray(F, x, at);
        FloatVector x1 = FloatVector.fromArray(F, x, at + STRIDE);
        IntVector bits0 = x0.sub(origin).fma(factor, shift).reinterpretAsInts();
        IntVector bits1 = x1.sub(origin).fma(factor, shift).reinterpretAsInts();
        FloatVector q0 = bits0.max(lowBits).min(highBits).reinterpretAsFloats().sub(shift);
        FloatVector q1 = bits1.max(lowBits).min(highBits).reinterpretAsFloats().sub(shift);
        FloatVector weighted0 = FloatVector.fromArray(F, weight, at).mul(q0);
        FloatVector weighted1 = FloatVector.fromArray(F, weight, at + STRIDE).mul(q1);
        sum0 = sum0.add(weighted0);
        sum1 = sum1.add(weighted1);
        squares0 = weighted0.fma(q0, squares0);
        squares1 = weighted1.fma(q1, squares1);
        products0 = weighted0.fma(x0, products0);
        products1 = weighted1.fma(x1, products1);
      }
      sum0.add(sum1).intoArray(wq, l);
      squares0.add(squares1).intoArray(wqq, l);
      products0.add(products1).intoArray(wqx, l);
    }
  }

  @Override
  public void sumErrors(
      float[] x,
      float[] weight,
      float[] q,
      int size,
      int lanes,
      float[] scale,
      float[] min,
      float[] errors) {
    for (int l = 0; l < lanes; l += WIDTH) {
      FloatVector factor = FloatVector.fromArray(F, scale, l).neg();
      FloatVector origin = FloatVector.fromArray(F, min, l);
      FloatVector even = FloatVector.zero(F);
      FloatVector odd = even;
      for (int at = l; at < size * STRIDE; at += 2 * STRIDE) {
        FloatVector x0 = FloatVector.fromArray(F, x, at).sub(origin);
        FloatVector x1 = FloatVector.fromArray(F, x, at + STRIDE).sub(origin);
        FloatVector error0 = factor.fma(FloatVector.fromArray(F, q, at), x0);
        FloatVector error1 = factor.fma(FloatVector.fromArray(F, q, at + STRIDE), x1);
        even = FloatVector.fromArray(F, weight, at).mul(error0).fma(error0, even);
        odd = FloatVector.fromArray(F, weight, at + STRIDE).mul(error1).fma(error1, odd);
      }
      even.add(odd).intoArray(errors, l);
    }
  }

  @Override
  public void keepScales(int lanes, float[] wqq, float[] wqx, float[] best, float[] scale) {
    for (int l = 0; l < lanes; l += WIDTH) {
      FloatVector products = FloatVector.fromArray(F, wqx, l);
      FloatVector slope = products.div(FloatVector.fromArray(F, wqq, l));
      FloatVector explained = slope.mul(products);
      FloatVector before = FloatVector.fromArray(F, best, l);
      VectorMask<Float> better = explained.compare(GT, before);
      before.blend(explained, better).intoArray(best, l);
      FloatVector.fromArray(F, scale, l).blend(slope, better).intoArray(scale, l);
    }
  }

  @Override
  public void keepLines(
      int lanes,
      float[] w,
      float[] wx,
      float[] wq,
      float[] wqq,
      float[] wqx,
      float[] limit,
      float[] best,
      float[] scale,
      float[] min) {
    for (int l = 0; l < lanes; l += WIDTH) {
      FloatVector weights = FloatVector.fromArray(F, w, l);
      FloatVector numbers = FloatVector.fromArray(F, wx, l);
      FloatVector sum = FloatVector.fromArray(F, wq, l);
      FloatVector squares = FloatVector.fromArray(F, wqq, l);
      FloatVector products = FloatVector.fromArray(F, wqx, l);
      FloatVector most = FloatVector.fromArray(F, limit, l);
      FloatVector determinant = weights.mul(squares).sub(sum.mul(sum));
      FloatVector free = squares.mul(numbers).sub(sum.mul(products)).div(determinant);
      FloatVector begin = free.blend(most, free.compare(GT, most));
      FloatVector slope = products.sub(begin.mul(sum)).div(squares);
      FloatVector gain = slope.mul(products).add(begin.mul(numbers));
      FloatVector loss =
          slope
              .mul(slope.mul(squares).add(begin.mul(2).mul(sum)))
              .add(begin.mul(begin).mul(weights));
      FloatVector explained = gain.mul(2).sub(loss);
      FloatVector before = FloatVector.fromArray(F, best, l);
      VectorMask<Float> better = explained.compare(GT, before).and(slope.compare(GT, 0));
      before.blend(explained, better).intoArray(best, l);
      FloatVector.fromArray(F, scale, l).blend(slope, better).intoArray(scale, l);
      FloatVector.fromArray(F, min, l).blend(begin, better).intoArray(min, l);
    }
  }
}
