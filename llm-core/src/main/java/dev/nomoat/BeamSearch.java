package dev.nomoat;

import dev.nomoat.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Searches likely continuations: of all continuations by one token of those that are kept, the
 * likeliest are kept. One that ends is put aside; the search is over when there are as many of
 * those as beams and none that goes on could be better than the worst of them, by the score that it
 * has now.
 */
final class BeamSearch {
  private static final Comparator<Beam> BEST_FIRST =
      Comparator.comparingDouble(Beam::score).reversed();

  private final Evaluations evaluations;
  private final Tokenizer tokenizer;
  private final BeamRequest request;
  private final int[] prompt;
  private final int most;
  private final List<Beam> ended = new ArrayList<>();
  private List<Path> paths = List.of();

  /** A continuation that goes on: all its tokens, the prompt's too, and ln p of those behind it. */
  private record Path(List<Integer> tokens, double logProbability) {
    Path with(TokenLogProbability next) {
      List<Integer> more = new ArrayList<>(tokens);
      more.add(next.id());
      return new Path(more, logProbability + next.logProbability());
    }
  }

  /** A continuation by one token. */
  private record Candidate(Path path, TokenLogProbability next) {
    double logProbability() {
      return path.logProbability() + next.logProbability();
    }
  }

  BeamSearch(
      Evaluations evaluations, Tokenizer tokenizer, BeamRequest request, int[] prompt, int most) {
    this.evaluations = evaluations;
    this.tokenizer = tokenizer;
    this.request = request;
    this.prompt = prompt;
    this.most = most;
  }

  /** The best continuations, the best first. */
  List<Beam> run() {
    paths = List.of(new Path(Arrays.stream(prompt).boxed().toList(), 0));
    int length = 0;
    boolean interrupted = false;
    while (length < most && !paths.isEmpty() && !over(length) && !interrupted) {
      extend();
      length++;
      interrupted = Thread.currentThread().isInterrupted();
    }
    if (length == most || interrupted) {
      FinishReason reason =
          interrupted
              ? FinishReason.CANCELLED
              : most < request.maxTokens() ? FinishReason.CONTEXT_FULL : FinishReason.MAX_TOKENS;
      paths.forEach(path -> ended.add(beam(path, path.logProbability(), 0, reason)));
    }
    ended.sort(BEST_FIRST);
    return List.copyOf(ended.subList(0, Math.min(request.beams(), ended.size())));
  }

  /** Whether what goes on cannot be better than what has ended. */
  private boolean over(int length) {
    if (ended.size() < request.beams()) {
      return false;
    }
    double best = score(paths.getFirst().logProbability(), length);
    return ended.stream().sorted(BEST_FIRST).toList().get(request.beams() - 1).score() >= best;
  }

  private void extend() {
    List<int[]> sequences =
        paths.stream().map(p -> p.tokens().stream().mapToInt(Integer::intValue).toArray()).toList();
    // so many that as many go on as there are beams, even if each of them could end
    int ends = Math.max(1, tokenizer.endOfGenerationIds().size());
    List<List<TokenLogProbability>> next =
        evaluations.next(sequences, request.beams() * (1 + ends));
    List<Candidate> candidates = new ArrayList<>();
    for (int i = 0; i < paths.size(); i++) {
      for (TokenLogProbability token : next.get(i)) {
        candidates.add(new Candidate(paths.get(i), token));
      }
    }
    candidates.sort(Comparator.comparingDouble(Candidate::logProbability).reversed());
    List<Path> kept = new ArrayList<>();
    for (int rank = 0; rank < candidates.size() && kept.size() < request.beams(); rank++) {
      Candidate candidate = candidates.get(rank);
      if (!tokenizer.isEndOfGeneration(candidate.next().id())) {
        kept.add(candidate.path().with(candidate.next()));
      } else if (rank < request.beams()) {
        ended.add(
            beam(candidate.path(), candidate.logProbability(), 1, FinishReason.END_OF_GENERATION));
      }
    }
    paths = kept;
  }

  private double score(double logProbability, int length) {
    return logProbability / Math.pow(Math.max(1, length), request.lengthPenalty());
  }

  private Beam beam(Path path, double logProbability, int endTokens, FinishReason reason) {
    List<Integer> tokens = path.tokens().subList(prompt.length, path.tokens().size());
    int[] ids = tokens.stream().mapToInt(Integer::intValue).toArray();
    double score = score(logProbability, ids.length + endTokens);
    return new Beam(tokenizer.decode(ids), tokens, logProbability, score, reason);
  }
}
