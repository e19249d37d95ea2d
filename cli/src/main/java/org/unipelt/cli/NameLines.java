package org.unipelt.cli;

import java.util.List;
import java.util.stream.Collectors;
import org.unipelt.data.Example;
import org.unipelt.data.Span;
import org.unipelt.data.SpanSet;
import org.unipelt.task.Answer;

/**
 * How {@code predict} prints the names that a model found in a text.
 *
 * @param text the text
 * @param spans the names
 */
record NameLines(String text, List<Answer.Spans.Found> spans) {
    private static final String BETWEEN = "; ";

    /**
     * A name, for {@code --json}. Offsets count code points, as Python does.
     *
     * @param start the place of its first character in the text, from 0
     * @param end the place after its last character
     */
    record Name(int start, int end, String label, String text, double probability) {}

    /** The names with at least some probability. */
    static NameLines of(Example example, Answer.Spans answer, double least) {
        return new NameLines(
                example.text(),
                answer.spans().stream()
                        .filter(span -> span.probability() >= least)
                        .toList());
    }

    /** The names for JSON. */
    List<Name> json() {
        return spans.stream()
                .map(span -> new Name(
                        Span.codePoints(text, span.start()),
                        Span.codePoints(text, span.end()),
                        span.label(),
                        span.text(),
                        span.probability()))
                .toList();
    }

    /** The cells of a line: the names with their labels, their probabilities, and the text. */
    List<String> cells() {
        return List.of(
                new Answer.Spans(spans).text(),
                spans.stream().map(span -> Metrics.number(span.probability())).collect(Collectors.joining(BETWEEN)),
                text);
    }

    /**
     * The lines of CoNLL: a word and its tag in IOB2 each, and a blank line at the end.
     *
     * @param blanks whether words are what stands between blanks, as in a text from CoNLL; else they are those of the model
     */
    String conll(boolean blanks) {
        return new SpanSet(spans.stream()
                        .map(span -> new Span(span.start(), span.end(), span.label()))
                        .toList())
                .conll(text, blanks);
    }
}
