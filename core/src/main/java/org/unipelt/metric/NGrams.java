package org.unipelt.metric;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How often each run of n tokens occurs in a text.
 *
 * @param counts of each n-gram
 * @param total how many there are, repeated ones counted as often as they occur
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

    /** How many n-grams both have; one that occurs twice here and once there counts once. */
    int common(NGrams other) {
        return counts.entrySet().stream()
                .mapToInt(entry -> Math.min(entry.getValue(), other.counts.getOrDefault(entry.getKey(), 0)))
                .sum();
    }
}
