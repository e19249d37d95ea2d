package org.unipelt.hub;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * DistilBERT's tensors under the names that BERT has for the same: {@code transformer.layer.0.attention.q_lin.weight} is
 * {@code encoder.layer.0.attention.self.query.weight}. The embeddings are called the same in both.
 */
final class DistilBertNames {
    private static final Pattern PART = Pattern.compile("transformer\\.layer\\.(\\d+)\\.(.+)(\\.weight|\\.bias)");

    private static final Map<String, String> BERT = Map.of(
            "attention.q_lin", "attention.self.query",
            "attention.k_lin", "attention.self.key",
            "attention.v_lin", "attention.self.value",
            "attention.out_lin", "attention.output.dense",
            "sa_layer_norm", "attention.output.LayerNorm",
            "ffn.lin1", "intermediate.dense",
            "ffn.lin2", "output.dense",
            "output_layer_norm", "output.LayerNorm");

    private DistilBertNames() {}

    /** BERT's name of a tensor; its own where BERT has none. */
    static String toBert(String name) {
        Matcher found = PART.matcher(name);
        return found.matches() && BERT.containsKey(found.group(2))
                ? "encoder.layer." + found.group(1) + "." + BERT.get(found.group(2)) + found.group(3)
                : name;
    }
}
