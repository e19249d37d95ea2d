package org.unipelt.generation;

import org.unipelt.InputException;

/**
 * Settings of the search for a target, with the names and meanings of Hugging Face's {@code generate}. Lengths are in
 * tokens and include the one that starts the decoder and the one that ends the text.
 *
 * @param maxLength the most tokens
 * @param minLength the fewest tokens; the end is not allowed before
 * @param beams the number of hypotheses continued at once; 1 is greedy search
 * @param lengthPenalty divides a hypothesis's log-probability by its length to this power: above 0 favours long texts
 * @param earlyStopping whether the search ends as soon as {@code beams} texts are complete
 * @param noRepeatNgram the length of sequences that must not occur twice; 0 allows all
 */
public record Generation(
        int maxLength, int minLength, int beams, double lengthPenalty, boolean earlyStopping, int noRepeatNgram) {
    /** Greedy search for at most 60 tokens. */
    public static final Generation GREEDY = new Generation(60, 0, 1, 1, false, 0);

    /** Checks the bounds. */
    public Generation {
        demand(maxLength >= 2, "generation max length", maxLength, "at least 2");
        demand(minLength >= 0 && minLength <= maxLength, "generation min length", minLength, "from 0 to " + maxLength);
        demand(beams >= 1 && beams <= 256, "beams", beams, "from 1 to 256");
        demand(Double.isFinite(lengthPenalty), "length penalty", lengthPenalty, "a finite number");
        demand(noRepeatNgram >= 0, "no-repeat ngram", noRepeatNgram, "0 or more");
    }

    private static void demand(boolean right, String what, Number given, String allowed) {
        if (!right) {
            throw InputException.about(what.replace(' ', '-'), what + " must be " + allowed + ", got " + given);
        }
    }
}
