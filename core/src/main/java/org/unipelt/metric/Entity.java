package org.unipelt.metric;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A name found in a text, for comparison with others: two are the same if type and both ends agree.
 *
 * @param label its type, e.g. {@code person}
 * @param start where it begins: a character or a word, from 0
 * @param end the place after its last
 */
public record Entity(String label, int start, int end) {
    /** Checks that the type is not null. */
    public Entity {
        Objects.requireNonNull(label, "label is null");
    }

    /**
     * Returns the entities that the tags of a text's words describe, by the rules of the shared task of CoNLL-2000's program
     * {@code conlleval}, which are also those of seqeval's default mode: they read IOB1, IOB2 and BIOES alike, and make the
     * best of tags that break their scheme. Ends are word indices.
     *
     * <p>An entity begins with {@code B} or {@code S}, with a tag of another type than the one before, and with {@code I} or
     * {@code E} after {@code O}, {@code E} or {@code S}. It ends after {@code E} or {@code S}, and before {@code O}, {@code
     * B}, {@code S} or a tag of another type.
     *
     * @param tags {@code O}, or one of {@code B I E S}, a dash and a type, for each word
     */
    public static List<Entity> ofTags(List<String> tags) {
        List<Entity> found = new ArrayList<>();
        char before = 'O';
        String typeBefore = "";
        int start = 0;
        for (int word = 0; word <= tags.size(); word++) {
            String tag = word == tags.size() ? "O" : tags.get(word);
            char prefix = tag.charAt(0);
            String type = tag.length() > 2 ? tag.substring(2) : "";
            boolean other = !type.equals(typeBefore);
            boolean closed = before == 'E' || before == 'S';
            if (before != 'O' && (closed || prefix == 'O' || prefix == 'B' || prefix == 'S' || other)) {
                found.add(new Entity(typeBefore, start, word));
            }
            if (prefix != 'O' && (prefix == 'B' || prefix == 'S' || before == 'O' || closed || other)) {
                start = word;
            }
            before = prefix;
            typeBefore = type;
        }
        return found;
    }
}
