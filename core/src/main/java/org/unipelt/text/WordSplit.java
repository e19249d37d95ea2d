package org.unipelt.text;

import java.lang.Character.UnicodeScript;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Splits a text into words, for models that give every word an answer: a run of letters, a run of digits, or one other
 * visible character is a word. A script without blanks between words, such as Chinese, has one word for each character.
 * Accents and other marks belong to the character before them. Whatever tokenizer reads the text, its words are the same.
 *
 * <pre>
 *   O'Brien ordered 5kg in 北京.   ─▶   O ' Brien ordered 5 kg in 北 京 .
 * </pre>
 */
public final class WordSplit {
    /** Scripts that are written without blanks between words. */
    private static final Set<UnicodeScript> WITHOUT_BLANKS = EnumSet.of(
            UnicodeScript.HAN,
            UnicodeScript.HIRAGANA,
            UnicodeScript.KATAKANA,
            UnicodeScript.THAI,
            UnicodeScript.LAO,
            UnicodeScript.KHMER,
            UnicodeScript.MYANMAR);

    private WordSplit() {}

    /**
     * A word.
     *
     * @param start the index of its first {@code char} in the text
     * @param end the index after its last {@code char}
     */
    public record Word(int start, int end) {}

    /** What a character does to the word before it. */
    private enum Kind {
        LETTER,
        DIGIT,
        /** A word of its own. */
        SINGLE,
        /** Part of the word before it. */
        MARK,
        BLANK
    }

    /** Returns the words of a text in their order. */
    public static List<Word> of(String text) {
        Objects.requireNonNull(text, "text is null");
        List<Word> words = new ArrayList<>();
        Kind open = Kind.BLANK;
        int start = 0;
        for (int at = 0; at < text.length(); ) {
            int character = text.codePointAt(at);
            Kind kind = kind(character);
            boolean goesOn = open != Kind.BLANK && (kind == Kind.MARK || (kind == open && kind != Kind.SINGLE));
            if (!goesOn) {
                if (open != Kind.BLANK) {
                    words.add(new Word(start, at));
                }
                start = at;
                // A mark with nothing to belong to stands alone.
                open = kind == Kind.MARK ? Kind.SINGLE : kind;
            }
            at += Character.charCount(character);
        }
        if (open != Kind.BLANK) {
            words.add(new Word(start, text.length()));
        }
        return words;
    }

    private static Kind kind(int character) {
        return switch (Character.getType(character)) {
            case Character.NON_SPACING_MARK,
                    Character.ENCLOSING_MARK,
                    Character.COMBINING_SPACING_MARK,
                    Character.FORMAT -> Kind.MARK;
            case Character.SPACE_SEPARATOR,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.CONTROL -> Kind.BLANK;
            case Character.DECIMAL_DIGIT_NUMBER -> Kind.DIGIT;
            case Character.UPPERCASE_LETTER,
                    Character.LOWERCASE_LETTER,
                    Character.TITLECASE_LETTER,
                    Character.MODIFIER_LETTER,
                    Character.OTHER_LETTER ->
                WITHOUT_BLANKS.contains(UnicodeScript.of(character)) ? Kind.SINGLE : Kind.LETTER;
            default -> Kind.SINGLE;
        };
    }
}
