package org.unipelt.text;

import java.util.Map;

/**
 * What the ids of a {@code tokenizer.json} mean, if it splits texts into other symbols than the vocabulary's tokens.
 *
 * @param ids the vocabulary: ids by token
 * @param meanings by ids that the vocabulary does not have: the ids that they stand for
 */
record Symbols(Map<String, Integer> ids, Map<Integer, Integer> meanings) {
    /** A vocabulary whose tokens are the symbols. */
    static Symbols tokens(Map<String, Integer> ids) {
        return new Symbols(ids, Map.of());
    }

    /** Returns the vocabulary's id. */
    int meaning(int id) {
        return meanings.getOrDefault(id, id);
    }
}
