package org.unipelt.hub;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A base model's small files, as its authors wrote them. Together with weights they make a folder that transformers reads.
 *
 * @param config the content of {@code config.json}
 * @param others the contents of the other files by name: the tokenizer's, and {@code generation_config.json} if there is one
 */
public record ModelFiles(ObjectNode config, Map<String, byte[]> others) {
    /** Copies both. */
    public ModelFiles {
        Objects.requireNonNull(config, "config is null");
        config = config.deepCopy();
        others = new LinkedHashMap<>(others);
    }
}
