package org.unipelt.hub;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What answers depend on besides a base model's weights: how its files are read.
 *
 * @param config every field of {@code config.json} that is read, with its value or its default
 * @param tokenizer the fingerprint of the tokenizer, put together from all its files
 * @param pooling the pooling of the model's own files; empty if it is not supported
 */
public record Reading(Map<String, String> config, String tokenizer, Optional<String> pooling) {
    /** Sorts the fields. */
    public Reading {
        config = new TreeMap<>(config);
    }

    /**
     * Describes the first change since another reading in a sentence; empty if there is none. Does not compare fields
     * that only one of the two has, because they come from different versions. Does not compare the pooling, which
     * every tuned model stores.
     *
     * @param then the earlier reading
     * @param model the base model's name, for the sentence
     */
    public Optional<String> changedSince(Reading then, String model) {
        for (Map.Entry<String, String> field : then.config.entrySet()) {
            String now = config.getOrDefault(field.getKey(), field.getValue());
            if (!now.equals(field.getValue())) {
                return Optional.of(field.getKey() + " in config.json of " + model + " is " + now
                        + ", but it was trained with " + field.getValue());
            }
        }
        return tokenizer.equals(then.tokenizer)
                ? Optional.empty()
                : Optional.of("the tokenizer of " + model + " is not the one it was trained with");
    }

    /** Does the same as {@link #changedSince}, and also compares the pooling. */
    public Optional<String> changedAtAllSince(Reading then, String model) {
        return changedSince(then, model)
                .or(() -> Objects.equals(pooling, then.pooling)
                        ? Optional.empty()
                        : Optional.of("the pooling of " + model + " is " + pooling.orElse("another")
                                + ", but it was trained with " + then.pooling.orElse("another")));
    }
}
