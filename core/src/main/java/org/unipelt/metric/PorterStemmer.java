package org.unipelt.metric;

import java.util.Map;

/**
 * Strips the suffixes of an English word, so that {@code connected} and {@code connections} both become
 * {@code connect}: M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980, with the changes of NLTK's
 * {@code PorterStemmer} in its default mode, each marked here. ROUGE needs exactly these stems.
 *
 * <p>Words are in lower case. Everything but {@code aeiouy} counts as a consonant, including digits.
 */
final class PorterStemmer {
    /** NLTK: words that the rules handle badly. */
    private static final Map<String, String> IRREGULAR = Map.ofEntries(
            Map.entry("skies", "sky"),
            Map.entry("sky", "sky"),
            Map.entry("dying", "die"),
            Map.entry("lying", "lie"),
            Map.entry("tying", "tie"),
            Map.entry("news", "news"),
            Map.entry("inning", "inning"),
            Map.entry("innings", "inning"),
            Map.entry("outing", "outing"),
            Map.entry("outings", "outing"),
            Map.entry("canning", "canning"),
            Map.entry("cannings", "canning"),
            Map.entry("howe", "howe"),
            Map.entry("proceed", "proceed"),
            Map.entry("exceed", "exceed"),
            Map.entry("succeed", "succeed"));

    /** Step 2: double suffixes to single ones. {@code bli} is Porter's own later change of {@code abli}. */
    private static final Map<String, String> DOUBLE_SUFFIXES = Map.ofEntries(
            Map.entry("ational", "ate"),
            Map.entry("tional", "tion"),
            Map.entry("enci", "ence"),
            Map.entry("anci", "ance"),
            Map.entry("izer", "ize"),
            Map.entry("bli", "ble"),
            Map.entry("entli", "ent"),
            Map.entry("eli", "e"),
            Map.entry("ousli", "ous"),
            Map.entry("ization", "ize"),
            Map.entry("ation", "ate"),
            Map.entry("ator", "ate"),
            Map.entry("alism", "al"),
            Map.entry("iveness", "ive"),
            Map.entry("fulness", "ful"),
            Map.entry("ousness", "ous"),
            Map.entry("aliti", "al"),
            Map.entry("iviti", "ive"),
            Map.entry("biliti", "ble"),
            // NLTK's addition.
            Map.entry("fulli", "ful"));

    /** Step 3. */
    private static final Map<String, String> LIGHT_SUFFIXES =
            Map.of("icate", "ic", "ative", "", "alize", "al", "iciti", "ic", "ical", "ic", "ful", "", "ness", "");

    /** Step 4. The paper's "ION after S or T" is two suffixes here, and one letter stays. */
    private static final Map<String, String> LAST_SUFFIXES = Map.ofEntries(
            Map.entry("al", ""),
            Map.entry("ance", ""),
            Map.entry("ence", ""),
            Map.entry("er", ""),
            Map.entry("ic", ""),
            Map.entry("able", ""),
            Map.entry("ible", ""),
            Map.entry("ant", ""),
            Map.entry("ement", ""),
            Map.entry("ment", ""),
            Map.entry("ent", ""),
            Map.entry("sion", "s"),
            Map.entry("tion", "t"),
            Map.entry("ou", ""),
            Map.entry("ism", ""),
            Map.entry("ate", ""),
            Map.entry("iti", ""),
            Map.entry("ous", ""),
            Map.entry("ive", ""),
            Map.entry("ize", ""));

    private static final int LONGEST_SUFFIX = "ational".length();

    private PorterStemmer() {}

    /** Returns the stem of a word in lower case; words of one or two letters stay unchanged. */
    static String stem(String word) {
        String irregular = IRREGULAR.get(word);
        if (irregular != null) {
            return irregular;
        }
        if (word.length() <= 2) {
            return word;
        }
        String stem = yToI(withoutPast(withoutPlural(word)));
        stem = withoutDoubleSuffix(stem);
        stem = replaced(stem, LIGHT_SUFFIXES);
        return withoutDoubleL(withoutE(withoutLastSuffix(stem)));
    }

    /** Step 1a. */
    private static String withoutPlural(String word) {
        if (word.endsWith("ies")) {
            // NLTK: "dies" becomes "die", though "flies" becomes "fli".
            return cut(word, word.length() == 4 ? 1 : 2);
        }
        if (word.endsWith("sses")) {
            return cut(word, 2);
        }
        return word.endsWith("s") && !word.endsWith("ss") ? cut(word, 1) : word;
    }

    /** Step 1b. */
    private static String withoutPast(String word) {
        if (word.endsWith("ied")) {
            // NLTK: "died" becomes "die", and "spied" "spi" as "spies" does.
            return cut(word, word.length() == 4 ? 1 : 2);
        }
        if (word.endsWith("eed")) {
            return measure(cut(word, 3)) > 0 ? cut(word, 1) : word;
        }
        for (String suffix : new String[] {"ed", "ing"}) {
            if (word.endsWith(suffix) && hasVowel(cut(word, suffix.length()))) {
                return repaired(cut(word, suffix.length()));
            }
        }
        return word;
    }

    /** Repairs a word without {@code ed} or {@code ing}: restores its {@code e} or undoes a doubled consonant. */
    private static String repaired(String stem) {
        if (stem.endsWith("at") || stem.endsWith("bl") || stem.endsWith("iz")) {
            return stem + "e";
        }
        int last = stem.length() - 1;
        if (last > 0 && stem.charAt(last) == stem.charAt(last - 1) && consonants(stem)[last]) {
            return "lsz".indexOf(stem.charAt(last)) < 0 ? cut(stem, 1) : stem;
        }
        return measure(stem) == 1 && endsShort(stem) ? stem + "e" : stem;
    }

    /** Step 1c in NLTK's form: only after a consonant, but even without a vowel: "enjoy" stays, "fly" changes. */
    private static String yToI(String word) {
        int before = word.length() - 2;
        return word.endsWith("y") && before > 0 && consonants(word)[before] ? cut(word, 1) + "i" : word;
    }

    /** Step 2. */
    private static String withoutDoubleSuffix(String word) {
        if (word.endsWith("alli") && measure(cut(word, 4)) > 0) {
            // NLTK: starts again, so that "additionally" ends like "additional".
            return withoutDoubleSuffix(cut(word, 2));
        }
        if (word.endsWith("logi")) {
            // NLTK: the "l" counts with what is before it, so that "geology" loses its "y" like "philology".
            return measure(cut(word, 3)) > 0 ? cut(word, 1) : word;
        }
        return replaced(word, DOUBLE_SUFFIXES);
    }

    /** Step 4. */
    private static String withoutLastSuffix(String word) {
        String suffix = longestSuffix(word, LAST_SUFFIXES);
        String kept = cut(word, suffix.length()) + LAST_SUFFIXES.getOrDefault(suffix, "");
        return measure(kept) > 1 ? kept : word;
    }

    /** Step 5a. */
    private static String withoutE(String word) {
        if (!word.endsWith("e")) {
            return word;
        }
        String kept = cut(word, 1);
        int measure = measure(kept);
        return measure > 1 || (measure == 1 && !endsShort(kept)) ? kept : word;
    }

    /** Step 5b. */
    private static String withoutDoubleL(String word) {
        return word.endsWith("ll") && measure(cut(word, 1)) > 1 ? cut(word, 1) : word;
    }

    /** Replaces the longest of the suffixes that the word has, if the rest has a positive measure. */
    private static String replaced(String word, Map<String, String> suffixes) {
        String suffix = longestSuffix(word, suffixes);
        String before = cut(word, suffix.length());
        return suffixes.containsKey(suffix) && measure(before) > 0 ? before + suffixes.get(suffix) : word;
    }

    /** Returns the longest of the suffixes that the word has; empty if it has none. */
    private static String longestSuffix(String word, Map<String, String> suffixes) {
        for (int start = Math.max(0, word.length() - LONGEST_SUFFIX); start < word.length(); start++) {
            if (suffixes.containsKey(word.substring(start))) {
                return word.substring(start);
            }
        }
        return "";
    }

    private static String cut(String word, int letters) {
        return word.substring(0, word.length() - letters);
    }

    /** The paper's m: the number of consonants that follow a vowel. */
    private static int measure(String word) {
        boolean[] consonants = consonants(word);
        int measure = 0;
        for (int i = 1; i < consonants.length; i++) {
            if (consonants[i] && !consonants[i - 1]) {
                measure++;
            }
        }
        return measure;
    }

    private static boolean hasVowel(String word) {
        for (boolean consonant : consonants(word)) {
            if (!consonant) {
                return true;
            }
        }
        return false;
    }

    /**
     * The paper's *o: consonant, vowel, consonant other than w, x, y. NLTK: or only a vowel and a consonant ("age").
     */
    private static boolean endsShort(String word) {
        boolean[] consonants = consonants(word);
        int last = word.length() - 1;
        if (last < 1 || !consonants[last] || consonants[last - 1]) {
            return false;
        }
        return last == 1 || (consonants[last - 2] && "wxy".indexOf(word.charAt(last)) < 0);
    }

    /** Returns for each letter whether it is a consonant; {@code y} is one at the start and after a vowel. */
    private static boolean[] consonants(String word) {
        boolean[] consonants = new boolean[word.length()];
        for (int i = 0; i < consonants.length; i++) {
            char letter = word.charAt(i);
            consonants[i] = letter == 'y' ? i == 0 || !consonants[i - 1] : "aeiou".indexOf(letter) < 0;
        }
        return consonants;
    }
}
