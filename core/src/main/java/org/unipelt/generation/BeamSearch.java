package org.unipelt.generation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Beam search for one target, step by step. The model gives the probability of each next token after each hypothesis;
 * the search chooses which hypotheses to continue. It continues, completes and stops like Hugging Face's {@code
 * generate}, so that the same model generates the same texts.
 *
 * <p>For one thread.
 */
public final class BeamSearch {
    /** The tokens so far, including the decoder's start, and the sum of their log-probabilities. */
    private record Hypothesis(int[] tokens, double score, int origin) {
        Hypothesis with(int token, double logProbability, int from) {
            int[] longer = Arrays.copyOf(tokens, tokens.length + 1);
            longer[tokens.length] = token;
            return new Hypothesis(longer, score + logProbability, from);
        }

        int last() {
            return tokens[tokens.length - 1];
        }
    }

    /** So low that a hypothesis with this score is continued only if there is no other. */
    private static final double HOPELESS = -1e9;

    private static final Comparator<Hypothesis> BEST_FIRST =
            Comparator.comparingDouble(Hypothesis::score).reversed();

    private final Generation settings;
    private final OptionalInt forcedFirst;
    private final OptionalInt forcedLast;
    private final int end;
    private List<Hypothesis> running = new ArrayList<>();
    /** Complete texts with their scores divided by length, the best first; at most as many as beams. */
    private final List<Hypothesis> complete = new ArrayList<>();

    private boolean done;

    /**
     * Creates a search that has only the start token.
     *
     * @param forcedFirst the token that must follow the start
     * @param forcedLast the token that must end a text of maximum length
     * @param start the token that starts the decoder
     * @param end the token that ends a text
     */
    public BeamSearch(Generation settings, OptionalInt forcedFirst, OptionalInt forcedLast, int start, int end) {
        this.settings = settings;
        this.forcedFirst = forcedFirst;
        this.forcedLast = forcedLast;
        this.end = end;
        for (int beam = 0; beam < settings.beams(); beam++) {
            // All hypotheses start equal: only the first may continue at the first step.
            running.add(new Hypothesis(new int[] {start}, beam == 0 ? 0 : HOPELESS, beam));
        }
    }

    /** Returns whether the search is over. */
    public boolean isDone() {
        return done;
    }

    /** Returns the last token of every running hypothesis, {@code [beams]}. */
    public int[] lastTokens() {
        return running.stream().mapToInt(Hypothesis::last).toArray();
    }

    /** Returns which hypothesis of the previous step each one continues, {@code [beams]}. */
    public int[] origins() {
        return running.stream().mapToInt(Hypothesis::origin).toArray();
    }

    /** Returns how many of the most probable next tokens {@link #advance} needs for each hypothesis. */
    public int candidates() {
        int banned =
                running.stream().mapToInt(beam -> banned(beam).size()).max().orElse(0);
        return 2 * settings.beams() + banned;
    }

    /**
     * Advances by one step.
     *
     * @param tokens the most probable next tokens after each hypothesis, the best first, {@code [beams][candidates]}
     * @param logProbabilities their log-probabilities, {@code [beams][candidates]}
     */
    public void advance(int[][] tokens, float[][] logProbabilities) {
        List<Hypothesis> best = continuations(tokens, logProbabilities);
        int length = running.get(0).tokens().length;
        List<Hypothesis> next = new ArrayList<>();
        for (int rank = 0; rank < best.size(); rank++) {
            Hypothesis hypothesis = best.get(rank);
            boolean ends = hypothesis.last() == end || length + 1 == settings.maxLength();
            // Only the better half may complete; the other half ensures enough running hypotheses.
            if (ends && rank < settings.beams()) {
                complete(hypothesis, length);
            }
            if (!ends && next.size() < settings.beams()) {
                next.add(hypothesis);
            }
        }
        running = next;
        done = running.isEmpty()
                || (isFull() && (settings.earlyStopping() || settings.beams() == 1 || !canImprove(length)));
    }

    /** Returns the best {@code 2 · beams} allowed continuations of all hypotheses together. */
    private List<Hypothesis> continuations(int[][] tokens, float[][] logProbabilities) {
        List<Hypothesis> all = new ArrayList<>();
        int length = running.get(0).tokens().length;
        OptionalInt must =
                length == 1 ? forcedFirst : length == settings.maxLength() - 1 ? forcedLast : OptionalInt.empty();
        for (int beam = 0; beam < running.size(); beam++) {
            Hypothesis hypothesis = running.get(beam);
            if (must.isPresent()) {
                all.add(hypothesis.with(must.getAsInt(), 0, beam));
                continue;
            }
            Set<Integer> banned = banned(hypothesis);
            int taken = 0;
            for (int i = 0; i < tokens[beam].length && taken < 2 * settings.beams(); i++) {
                if (!banned.contains(tokens[beam][i])) {
                    all.add(hypothesis.with(tokens[beam][i], logProbabilities[beam][i], beam));
                    taken++;
                }
            }
        }
        if (all.isEmpty()) {
            // No token is allowed any more: the texts end, even if too short.
            for (int beam = 0; beam < running.size(); beam++) {
                all.add(running.get(beam).with(end, 0, beam));
            }
        }
        all.sort(BEST_FIRST);
        return all.subList(0, Math.min(all.size(), 2 * settings.beams()));
    }

    /** Returns the tokens that may not come next: the end if the text is too short, and any that repeat an n-gram. */
    private Set<Integer> banned(Hypothesis hypothesis) {
        Set<Integer> banned = new HashSet<>();
        int[] tokens = hypothesis.tokens();
        if (tokens.length < settings.minLength()) {
            banned.add(end);
        }
        int n = settings.noRepeatNgram();
        if (n > 0 && tokens.length + 1 >= n) {
            int tail = tokens.length - (n - 1);
            for (int at = 0; at + n <= tokens.length; at++) {
                if (Arrays.equals(tokens, at, at + n - 1, tokens, tail, tokens.length)) {
                    banned.add(tokens[at + n - 1]);
                }
            }
        }
        return banned;
    }

    private void complete(Hypothesis hypothesis, int length) {
        complete.add(new Hypothesis(hypothesis.tokens(), penalised(hypothesis.score(), length), 0));
        complete.sort(BEST_FIRST);
        if (complete.size() > settings.beams()) {
            complete.remove(settings.beams());
        }
    }

    /** Divides a score by a text's length, without the start, to the power of the length penalty. */
    private double penalised(double score, int length) {
        return score / Math.pow(length, settings.lengthPenalty());
    }

    private boolean isFull() {
        return complete.size() == settings.beams();
    }

    /** Returns whether the best running hypothesis, if completed now, would beat the worst complete text. */
    private boolean canImprove(int length) {
        return penalised(running.get(0).score(), length)
                > complete.get(complete.size() - 1).score();
    }

    /** Returns the best complete text: its tokens without the start; the last is the end unless the text was cut. */
    public int[] best() {
        int[] tokens = complete.get(0).tokens();
        return Arrays.copyOfRange(tokens, 1, tokens.length);
    }
}
