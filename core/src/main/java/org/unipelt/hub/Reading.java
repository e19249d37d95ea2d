package org.unipelt.hub;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What answers depend on besides a base model's weights: how its files say that they are to be read.
 *
 * @param config every field of {@code config.json} that is read, with its value or the one that is meant where it is left
 *     out
 * @param tokenizer fingerprint of the tokenizer, put together from all its files
 * @param pooling how the model's own files make one vector of a text; none where that is not computed
 */
public record Reading(Map<String, String> config, String tokenizer, Optional<String> pooling) {
    /** Sorts the fields. */
    public Reading {
        config = new TreeMap<>(config);
    }

    /**
     * What is not as it was, as a sentence; nothing if all is. A field that only one of the two knows, as they are of
     * different versions, is not compared; nor is the pooling, which everyone keeps who takes it.
     *
     * @param then what was read before
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

    /** {@link #changedSince}, the pooling too. */
    public Optional<String> changedAtAllSince(Reading then, String model) {
        return changedSince(then, model)
                .or(() -> Objects.equals(pooling, then.pooling)
                        ? Optional.empty()
                        : Optional.of("the pooling of " + model + " is " + pooling.orElse("another")
                                + ", but it was trained with " + then.pooling.orElse("another")));
    }
}
