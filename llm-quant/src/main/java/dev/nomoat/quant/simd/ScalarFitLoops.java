package dev.nomoat.quant.simd;

/** The loops of the search in plain Java: these define the results. */
public final class ScalarFitLoops implements FitLoops {

  /** Makes the loops. */
  public ScalarFitLoops() {}

  @Override
  public void measure(float[] x, int size, int lanes, float[] low, float[] high, float[] squares) {
    for (int l = 0; l < lanes; l++) {
      float least = x[l];
      float most = x[l];
      float even = 0;
      float odd = 0;
      for (int at = l; at < size * LANES; at += 2 * LANES) {
        float x0 = x[at];
        float x1 = x[at + LANES];
        least = x0 < least ? x0 : least;
        most = x0 > most ? x0 : most;
        least = x1 < least ? x1 : least;
        most = x1 > most ? x1 : most;
        even = Math.fma(x0, x0, even);
        odd = Math.fma(x1, x1, odd);
      }
      low[l] = least;
      high[l] = most;
      squares[l] = even + odd;
    }
  }

  @Override
  public void weigh(float[] x, int size, int lanes, float[] rms, float[] weight) {
    for (int at = 0; at < size * LANES; at += LANES) {
      for (int l = 0; l < lanes; l++) {
        weight[at + l] = rms[l] + Math.abs(x[at + l]);
      }
    }
  }

  @Override
  public void weighImportant(float[] x, int size, int lanes, float[] square, float[] weight) {
    for (int at = 0; at < size * LANES; at += LANES) {
      for (int l = 0; l < lanes; l++) {
        weight[at + l] *= (float) Math.sqrt(Math.fma(x[at + l], x[at + l], square[l]));
      }
    }
  }

  @Override
  public void round(
      float[] x, int size, int lanes, float[] inverse, float[] min, int low, int high, float[] q) {
    int lowBits = Float.floatToRawIntBits(ROUND + low);
    int highBits = Float.floatToRawIntBits(ROUND + high);
    for (int at = 0; at < size * LANES; at += LANES) {
      for (int l = 0; l < lanes; l++) {
        q[at + l] = round(x[at + l] - min[l], inverse[l], lowBits, highBits);
      }
    }
  }

  /** Limits the sum with ROUND as the integer that its bits are: they have the same order. */
  private static float round(float x, float inverse, int lowBits, int highBits) {
    int bits = Float.floatToRawIntBits(Math.fma(x, inverse, ROUND));
    return Float.intBitsToFloat(Math.min(Math.max(bits, lowBits), highBits)) - ROUND;
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
    for (int l = 0; l < lanes; l++) {
      float sum0 = 0;
      float sum1 = 0;
      float squares0 = 0;
      float squares1 = 0;
      float products0 = 0;
      float products1 = 0;
      for (int at = l; at < size * LANES; at += 2 * LANES) {
        float weighted0 = weight[at] * q[at];
        float weighted1 = weight[at + LANES] * q[at + LANES];
        sum0 += weighted0;
        sum1 += weighted1;
        squares0 = Math.fma(weighted0, q[at], squares0);
        squares1 = Math.fma(weighted1, q[at + LANES], squares1);
        products0 = Math.fma(weighted0, x[at], products0);
        products1 = Math.fma(weighted1, x[at + LANES], products1);
      }
      wq[l] = sum0 + sum1;
      wqq[l] = squares0 + squares1;
      wqx[l] = products0 + products1;
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
    int lowBits = Float.floatToRawIntBits(ROUND + low);
    int highBits = Float.floatToRawIntBits(ROUND + high);
    for (int l = 0; l < lanes; l++) {
      float sum0 = 0;
      float sum1 = 0;
      float squares0 = 0;
      float squares1 = 0;
      float products0 = 0;
      float products1 = 0;
      for (int at = l; at < size * LANES; at += 2 * LANES) {
        float q0 = round(x[at] - min[l], inverse[l], lowBits, highBits);
        float q1 = round(x[at + LANES] - min[l], inverse[l], lowBits, highBits);
        float weighted0 = weight[at] * q0;
        float weighted1 = weight[at + LANES] * q1;
        sum0 += weighted0;
        sum1 += weighted1;
        squares0 = Math.fma(weighted0, q0, squares0);
        squares1 = Math.fma(weighted1, q1, squares1);
        products0 = Math.fma(weighted0, x[at], products0);
        products1 = Math.fma(weighted1, x[at + LANES], products1);
      }
      wq[l] = sum0 + sum1;
      wqq[l] = squares0 + squares1;
      wqx[l] = products0 + products1;
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
    for (int l = 0; l < lanes; l++) {
      float even = 0;
      float odd = 0;
      for (int at = l; at < size * LANES; at += 2 * LANES) {
        float error0 = Math.fma(-scale[l], q[at], x[at] - min[l]);
        float error1 = Math.fma(-scale[l], q[at + LANES], x[at + LANES] - min[l]);
        even = Math.fma(weight[at] * error0, error0, even);
        odd = Math.fma(weight[at + LANES] * error1, error1, odd);
      }
      errors[l] = even + odd;
    }
  }

  @Override
  public void keepScales(int lanes, float[] wqq, float[] wqx, float[] best, float[] scale) {
    for (int l = 0; l < lanes; l++) {
      float slope = wqx[l] / wqq[l];
      float explained = slope * wqx[l];
      if (explained > best[l]) {
        best[l] = explained;
        scale[l] = slope;
      }
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
    for (int l = 0; l < lanes; l++) {
      float determinant = w[l] * wqq[l] - wq[l] * wq[l];
      float free = (wqq[l] * wx[l] - wq[l] * wqx[l]) / determinant;
      float begin = free > limit[l] ? limit[l] : free;
      float slope = (wqx[l] - begin * wq[l]) / wqq[l];
      float gain = slope * wqx[l] + begin * wx[l];
      float loss = slope * (slope * wqq[l] + 2 * begin * wq[l]) + begin * begin * w[l];
      float explained = 2 * gain - loss;
      if (explained > best[l] && slope > 0) {
        best[l] = explained;
        scale[l] = slope;
        min[l] = begin;
      }
    }
  }
}
