package dev.nomoat.sample;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What the steps must do, written as it is defined: sorted lists of doubles, nothing shared. */
final class Naive {
  record Candidate(int id, double logit) {}

  private List<Candidate> candidates = new ArrayList<>();

  Naive(float[] logits) {
    for (int id = 0; id < logits.length; id++) {
      candidates.add(new Candidate(id, logits[id] + 0.0));
    }
    rank();
  }

  private void rank() {
    candidates.sort(
        Comparator.comparingDouble(Candidate::logit).reversed().thenComparingInt(Candidate::id));
  }

  /** From the most likely down. */
  List<Integer> ids() {
    return candidates.stream().map(Candidate::id).toList();
  }

  Set<Integer> idSet() {
    return new HashSet<>(ids());
  }

  /** By place in {@link #ids}. */
  List<Double> probabilities() {
    double max = candidates.getFirst().logit();
    double total = candidates.stream().mapToDouble(c -> Math.exp(c.logit() - max)).sum();
    return candidates.stream().map(c -> Math.exp(c.logit() - max) / total).toList();
  }

  void penalise(List<Integer> window, float repeat, float frequency, float presence) {
    List<Candidate> changed = new ArrayList<>();
    for (Candidate c : candidates) {
      long count = window.stream().filter(id -> id == c.id()).count();
      double logit = c.logit();
      if (count > 0) {
        logit = logit > 0 ? logit / repeat : logit * repeat;
        logit -= count * (double) frequency + presence;
      }
      changed.add(new Candidate(c.id(), logit));
    }
    candidates = changed;
    rank();
  }

  void topK(int k) {
    candidates = candidates.subList(0, Math.min(k, candidates.size()));
  }

  void topP(float p) {
    List<Double> probabilities = probabilities();
    double sum = 0;
    for (int i = 0; i < probabilities.size(); i++) {
      sum += probabilities.get(i);
      if (sum >= p) {
        candidates = candidates.subList(0, i + 1);
        return;
      }
    }
  }

  void minP(float p) {
    List<Double> probabilities = probabilities();
    List<Candidate> kept = new ArrayList<>();
    for (int i = 0; i < candidates.size(); i++) {
      if (probabilities.get(i) >= p * probabilities.getFirst()) {
        kept.add(candidates.get(i));
      }
    }
    candidates = kept;
  }

  void temperature(float t) {
    candidates =
        new ArrayList<>(
            candidates.stream().map(c -> new Candidate(c.id(), c.logit() / t)).toList());
  }
}
