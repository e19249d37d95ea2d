package org.unipelt.text;

import ai.djl.huggingface.tokenizers.jni.CharSpan;
import java.util.Arrays;

/** Finds the token of every character: the native library says which code points a token was made of. */
final class TokenPlaces {
    private TokenPlaces() {}

    /**
     * Returns the place of the first token that holds each {@code char}, {@code [text.length()]}; -1 where no token does.
     *
     * @param spans the code points of each token; null for special ones
     * @param from the first token of the text
     * @param to the token after its last
     */
    static int[] of(String text, CharSpan[] spans, int from, int to) {
        int points = text.codePointCount(0, text.length());
        int[] tokens = new int[points];
        Arrays.fill(tokens, -1);
        for (int token = from; token < to; token++) {
            if (spans[token] == null) {
                continue;
            }
            for (int at = spans[token].getStart(); at < Math.min(points, spans[token].getEnd()); at++) {
                tokens[at] = tokens[at] < 0 ? token : tokens[at];
            }
        }
        int[] places = new int[text.length()];
        for (int at = 0, point = 0; at < text.length(); point++) {
            int size = Character.charCount(text.codePointAt(at));
            Arrays.fill(places, at, at + size, tokens[point]);
            at += size;
        }
        return places;
    }
}
