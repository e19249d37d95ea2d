package org.unipelt.data;

import java.util.List;
import java.util.Optional;

/** How tags say where a name begins and ends. */
enum TagScheme {
    /** {@code B} only where a name follows another of the same label; else a name begins with {@code I}. */
    IOB1,
    /** Every name begins with {@code B}. */
    IOB2,
    /** A name begins with {@code B} and ends with {@code E}; {@code S} is a name of one word. Also called IOBES. */
    BIOES,
    /** The same with {@code L} and {@code U}. */
    BILOU;

    /** Outside of any name. */
    static final String OUTSIDE = "O";

    /**
     * A tag.
     *
     * @param prefix one of {@code O B I E S}; {@code L} and {@code U} of BILOU are {@code E} and {@code S} here
     * @param label the label; empty for {@code O}
     */
    record Tag(char prefix, String label) {
        /** The tag at the edges of a sentence. */
        static final Tag NONE = new Tag('O', "");

        /** Reads a tag; empty if it is none. */
        static Optional<Tag> of(String text) {
            if (text.equals(OUTSIDE)) {
                return Optional.of(NONE);
            }
            int kind = "BIESLU".indexOf(text.isEmpty() ? ' ' : text.charAt(0));
            return kind >= 0 && text.length() > 2 && text.charAt(1) == '-' && !Example.blank(text.substring(2))
                    ? Optional.of(new Tag("BIESES".charAt(kind), text.substring(2)))
                    : Optional.empty();
        }

        boolean isOutside() {
            return prefix == 'O';
        }

        /** Returns whether a name goes on from a tag of BIOES to the next. */
        private boolean goesOn() {
            return prefix == 'B' || prefix == 'I';
        }

        private boolean continues() {
            return prefix == 'I' || prefix == 'E';
        }

        /** Returns whether both are of a name with the same label. */
        private boolean isLike(Tag other) {
            return !isOutside() && !other.isOutside() && label.equals(other.label);
        }
    }

    /**
     * Recognizes the scheme of a file: by its prefixes, and between IOB1 and IOB2 by how its names begin. If they begin in
     * both ways, the more frequent one counts, and the others are mistakes.
     *
     * @param letters all prefixes in the file, as written
     * @param sentences the tags of each sentence
     */
    static TagScheme of(String letters, List<List<Tag>> sentences) {
        if (letters.contains("L") || letters.contains("U")) {
            return BILOU;
        }
        if (letters.contains("E") || letters.contains("S")) {
            return BIOES;
        }
        long first = 0;
        long second = 0;
        for (List<Tag> tags : sentences) {
            Tag before = Tag.NONE;
            for (Tag tag : tags) {
                boolean begins = !tag.isOutside() && !tag.isLike(before);
                first += begins && tag.prefix() == 'I' ? 1 : 0;
                second += begins && tag.prefix() == 'B' ? 1 : 0;
                before = tag;
            }
        }
        return first > second ? IOB1 : IOB2;
    }

    /** Returns what is wrong with a tag after another; empty if nothing is. */
    Optional<String> problem(Tag before, Tag tag) {
        boolean follows = tag.isLike(before);
        boolean wrong =
                switch (this) {
                    case IOB1 -> tag.prefix() == 'B' && !follows;
                    case IOB2 -> tag.prefix() == 'I' && !follows;
                    case BIOES, BILOU -> before.goesOn() != tag.continues() || (tag.continues() && !follows);
                };
        if (!wrong) {
            return Optional.empty();
        }
        String now = written(tag);
        return Optional.of(
                switch (this) {
                    case IOB1 ->
                        "'" + now + "' does not follow a name of its label, as B- must in IOB1; write I-" + tag.label();
                    case IOB2 ->
                        "'" + now + "' follows " + there(before) + ", but in IOB2 a name begins with B-; write B-"
                                + tag.label();
                    case BIOES, BILOU ->
                        "'" + now + "' follows " + there(before) + ", which " + this
                                + " does not allow; correct one of them";
                });
    }

    private String there(Tag tag) {
        return "'" + written(tag) + "'";
    }

    /** Returns a tag as this scheme writes it. */
    private String written(Tag tag) {
        if (tag.isOutside()) {
            return OUTSIDE;
        }
        char prefix =
                switch (tag.prefix()) {
                    case 'E' -> this == BILOU ? 'L' : 'E';
                    case 'S' -> this == BILOU ? 'U' : 'S';
                    default -> tag.prefix();
                };
        return prefix + "-" + tag.label();
    }

    /** Returns the tag as conlleval reads it. */
    static String read(Tag tag) {
        return tag.isOutside() ? OUTSIDE : tag.prefix() + "-" + tag.label();
    }
}
