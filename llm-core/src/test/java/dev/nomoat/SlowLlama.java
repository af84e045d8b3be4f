package dev.nomoat;

import java.util.Arrays;

/**
 * The forward pass of a Llama in double precision, as its paper and its published code have it, one
 * token after the other and without any thought of speed.
 */
final class SlowLlama {
  private final TinyLlama model;
  private final TinyLlama.Shape shape;
  private final double base;
  private final double scale;
  private final float[] factors;

  /**
   * Takes a model.
   *
   * @param scale what positions are multiplied by
   * @param factors divisors of the rotary frequencies, or none
   */
  SlowLlama(TinyLlama model, double scale, float... factors) {
    this.model = model;
    this.shape = model.shape;
    this.base = 10000;
    this.scale = scale;
    this.factors = factors;
  }

  /** Logits of all tokens, shape [ids, vocab]. */
  double[] logits(int... ids) {
    int n = ids.length;
    double[][] x = new double[n][];
    for (int t = 0; t < n; t++) {
      x[t] = row("token_embd.weight", ids[t]);
    }
    for (int layer = 0; layer < shape.layers(); layer++) {
      String block = "blk." + layer + ".";
      attention(block, x);
      for (double[] token : x) {
        double[] h = norm(block + "ffn_norm.weight", token);
        double[] gate = times(block + "ffn_gate.weight", h);
        double[] up = times(block + "ffn_up.weight", h);
        for (int i = 0; i < gate.length; i++) {
          gate[i] = gate[i] / (1 + Math.exp(-gate[i])) * up[i];
        }
        add(token, times(block + "ffn_down.weight", gate));
      }
    }
    double[] result = new double[n * shape.vocab()];
    for (int t = 0; t < n; t++) {
      double[] h = norm("output_norm.weight", x[t]);
      double[] logits = times(shape.tied() ? "token_embd.weight" : "output.weight", h);
      System.arraycopy(logits, 0, result, t * shape.vocab(), shape.vocab());
    }
    return result;
  }

  private void attention(String block, double[][] x) {
    int n = x.length;
    double[][] q = new double[n][];
    double[][] k = new double[n][];
    double[][] v = new double[n][];
    for (int t = 0; t < n; t++) {
      double[] h = norm(block + "attn_norm.weight", x[t]);
      q[t] = turned(times(block + "attn_q.weight", h), t);
      k[t] = turned(times(block + "attn_k.weight", h), t);
      v[t] = times(block + "attn_v.weight", h);
    }
    int d = shape.headDim();
    for (int t = 0; t < n; t++) {
      double[] out = new double[shape.heads() * d];
      for (int head = 0; head < shape.heads(); head++) {
        int at = head * d;
        int from = head / (shape.heads() / shape.kvHeads()) * d;
        double[] p = new double[t + 1];
        for (int s = 0; s <= t; s++) {
          for (int i = 0; i < d; i++) {
            p[s] += q[t][at + i] * k[s][from + i] / Math.sqrt(d);
          }
        }
        double max = Arrays.stream(p).max().orElseThrow();
        double sum = Arrays.stream(p).map(score -> Math.exp(score - max)).sum();
        for (int s = 0; s <= t; s++) {
          for (int i = 0; i < d; i++) {
            out[at + i] += Math.exp(p[s] - max) / sum * v[s][from + i];
          }
        }
      }
      add(x[t], times(block + "attn_output.weight", out));
    }
  }

  private double[] turned(double[] heads, int position) {
    int d = shape.headDim();
    for (int at = 0; at < heads.length; at += 2) {
      int pair = at % d / 2;
      double factor = factors.length == 0 ? 1 : factors[pair];
      double angle = position * scale * Math.pow(base, -2.0 * pair / d) / factor;
      double a = heads[at];
      double b = heads[at + 1];
      heads[at] = a * Math.cos(angle) - b * Math.sin(angle);
      heads[at + 1] = a * Math.sin(angle) + b * Math.cos(angle);
    }
    return heads;
  }

  private double[] norm(String name, double[] x) {
    double[] weight = row(name, 0);
    double mean = Arrays.stream(x).map(a -> a * a).average().orElseThrow();
    double[] y = new double[x.length];
    Arrays.setAll(y, i -> x[i] / Math.sqrt(mean + TinyLlama.EPSILON) * weight[i]);
    return y;
  }

  private double[] times(String name, double[] x) {
    float[] w = model.tensors.get(name).values();
    double[] y = new double[w.length / x.length];
    for (int i = 0; i < w.length; i++) {
      y[i / x.length] += w[i] * x[i % x.length];
    }
    return y;
  }

  private double[] row(String name, int index) {
    float[] w = model.tensors.get(name).values();
    double[] row = new double[shape.dim()];
    Arrays.setAll(row, i -> w[index * row.length + i]);
    return row;
  }

  private static void add(double[] x, double[] y) {
    Arrays.setAll(x, i -> x[i] + y[i]);
  }
}
