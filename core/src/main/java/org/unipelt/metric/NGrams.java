package org.unipelt.metric;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How often each n-gram occurs in a text.
 *
 * @param counts the count of each n-gram
 * @param total the number of n-grams, including repeated ones
 */
record NGrams(Map<List<String>, Integer> counts, int total) {
    static NGrams of(List<String> tokens, int n) {
        Map<List<String>, Integer> counts = new HashMap<>();
        int total = Math.max(0, tokens.size() - n + 1);
        for (int i = 0; i < total; i++) {
            counts.merge(tokens.subList(i, i + n), 1, Integer::sum);
        }
        return new NGrams(counts, total);
    }

    /** Counts the n-grams that both have: for each n-gram, the smaller count. */
    int common(NGrams other) {
        return counts.entrySet().stream()
                .mapToInt(entry -> Math.min(entry.getValue(), other.counts.getOrDefault(entry.getKey(), 0)))
                .sum();
    }
}
