package org.unipelt.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.files.StrictJson;
import org.unipelt.text.WordSplit;

/**
 * The labelled spans of one text, which do not overlap; a text may have none. Immutable. Its text is a JSON array, which is
 * what {@link Example#label} holds, however the file writes them: equal sets have equal texts.
 *
 * @param spans the spans in their order
 */
public record SpanSet(List<Span> spans) {
    /** The set of a text without names. */
    public static final SpanSet NONE = new SpanSet(List.of());

    /**
     * Puts the spans in order.
     *
     * @throws InputException if two overlap
     */
    public SpanSet {
        Objects.requireNonNull(spans, "spans is null");
        spans.forEach(span -> Objects.requireNonNull(span, "a span is null"));
        spans = spans.stream().sorted(Comparator.comparingInt(Span::start)).toList();
        for (int i = 1; i < spans.size(); i++) {
            if (spans.get(i).start() < spans.get(i - 1).end()) {
                throw new InputException("the spans " + told(spans.get(i - 1)) + " and " + told(spans.get(i))
                        + " overlap; a word has one label, so keep one of them");
            }
        }
    }

    private static String told(Span span) {
        return span.label() + " " + span.start() + "-" + span.end();
    }

    /** Returns a set of these spans. */
    public static SpanSet of(Span... spans) {
        return new SpanSet(List.of(spans));
    }

    /**
     * Reads the text of a set.
     *
     * @throws InputException if it is anything else
     */
    public static SpanSet parse(String text) {
        Objects.requireNonNull(text, "text is null");
        JsonNode array;
        try {
            array = StrictJson.mapper().build().readTree(text);
        } catch (JsonProcessingException e) {
            throw notOne(text, e);
        }
        List<Span> spans = new ArrayList<>();
        for (JsonNode each : array) {
            if (!each.isArray()
                    || each.size() != 3
                    || !each.get(0).isInt()
                    || !each.get(1).isInt()) {
                throw notOne(text, null);
            }
            spans.add(new Span(
                    each.get(0).intValue(), each.get(1).intValue(), each.get(2).asText()));
        }
        if (!array.isArray()) {
            throw notOne(text, null);
        }
        return new SpanSet(spans);
    }

    private static InputException notOne(String text, @Nullable Throwable cause) {
        return new InputException("'" + text + "' is no list of spans, as in [[0,6,\"place\"]]", cause);
    }

    /** Returns the reason why these cannot be the spans of a text; empty if they can. */
    Optional<String> problem(String text) {
        for (Span span : spans) {
            if (span.end() > text.length()) {
                return Optional.of(
                        "the span " + told(span) + " is not in the text, which has " + text.length() + " characters");
            }
            if (cuts(text, span.start()) || cuts(text, span.end())) {
                return Optional.of(
                        "the span " + told(span) + " cuts a character that has two places, such as an emoji");
            }
            if (Example.blank(span.of(text))) {
                return Optional.of("the span " + told(span) + " holds only blanks");
            }
        }
        return Optional.empty();
    }

    private static boolean cuts(String text, int at) {
        return at > 0
                && at < text.length()
                && Character.isLowSurrogate(text.charAt(at))
                && Character.isHighSurrogate(text.charAt(at - 1));
    }

    /**
     * Returns a text with these spans in CoNLL's form: a line for each word with its tag in IOB2, a tab between, and a line end.
     *
     * @param blanks whether words are what stands between blanks, as in a text from CoNLL; else they are those of {@link
     *     WordSplit}
     */
    public String conll(String text, boolean blanks) {
        Objects.requireNonNull(text, "text is null");
        StringBuilder lines = new StringBuilder();
        int at = 0;
        int before = -1;
        for (WordSplit.Word word : blanks ? betweenBlanks(text) : WordSplit.of(text)) {
            while (at < spans.size() && spans.get(at).end() <= word.start()) {
                at++;
            }
            boolean in = at < spans.size() && spans.get(at).start() < word.end();
            lines.append(text.substring(word.start(), word.end()).replaceAll("\\p{Cntrl}", " "))
                    .append('\t')
                    .append(in ? (at == before ? "I-" : "B-") + spans.get(at).label() : TagScheme.OUTSIDE)
                    .append('\n');
            before = in ? at : before;
        }
        return lines.toString();
    }

    private static List<WordSplit.Word> betweenBlanks(String text) {
        List<WordSplit.Word> words = new ArrayList<>();
        int start = 0;
        for (String word : text.split(" ", -1)) {
            words.add(new WordSplit.Word(start, start + word.length()));
            start += word.length() + 1;
        }
        return words;
    }

    /** Returns the spans as a JSON array, e.g. {@code [[0,6,"place"]]}. */
    public String text() {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        spans.forEach(span -> array.addArray().add(span.start()).add(span.end()).add(span.label()));
        return array.toString();
    }

    /** Returns {@link #text()}, so that a program's rows may give a set where others give a label's name. */
    @Override
    public String toString() {
        return text();
    }
}
