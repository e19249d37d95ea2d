package org.unipelt.metric;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Splits a segment like WMT's {@code mteval-v13a}: punctuation becomes tokens, but periods and commas inside numbers
 * stay. sacreBLEU calls it {@code 13a}. Its character classes are ASCII's: "„" stays attached to its word.
 */
final class Tokenizer13a {
    // White space of Python's str.split() and rstrip(); Java's \s lacks the four separators of ASCII.
    private static final String SPACE = "(?U)[\\s\\x1c-\\x1f]+";
    private static final Pattern SPACES = Pattern.compile(SPACE);
    private static final Pattern TRAILING_SPACES = Pattern.compile(SPACE + "\\z");
    /** ASCII's punctuation without {@code ' , - .}. */
    private static final Pattern PUNCTUATION = Pattern.compile("([!-&(-+/:-@\\[-`{-~])");

    private static final Pattern POINT_AFTER_NO_DIGIT = Pattern.compile("([^0-9])([.,])");
    private static final Pattern POINT_BEFORE_NO_DIGIT = Pattern.compile("([.,])([^0-9])");
    private static final Pattern DASH_AFTER_DIGIT = Pattern.compile("([0-9])(-)");

    private Tokenizer13a() {}

    static List<String> tokens(String segment) {
        String text = TRAILING_SPACES
                .matcher(segment)
                .replaceAll("")
                .replace("<skipped>", "")
                .replace("-\n", "")
                .replace("\n", " ")
                .replace("&quot;", "\"")
                .replace("&amp;", "&")
                .replace("&lt;", "<")
                .replace("&gt;", ">");
        // The added spaces are the non-digits before and after a period at either end.
        text = PUNCTUATION.matcher(" " + text + " ").replaceAll(" $1 ");
        text = POINT_AFTER_NO_DIGIT.matcher(text).replaceAll("$1 $2 ");
        text = POINT_BEFORE_NO_DIGIT.matcher(text).replaceAll(" $1 $2");
        text = DASH_AFTER_DIGIT.matcher(text).replaceAll("$1 $2 ");
        return SPACES.splitAsStream(text).filter(token -> !token.isEmpty()).toList();
    }
}
