package org.unipelt.tuned;

import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.unipelt.task.Answer;

/**
 * A text in its place among those of a query.
 *
 * @param rank its rank, from 1
 * @param index its place in the list that was given, from 0
 * @param text the text
 * @param relevance how relevant it is to the query, from 0 to 1
 */
public record RankedText(int rank, int index, String text, double relevance) {
    /**
     * Orders texts, the most relevant first; equally relevant ones stay in their order.
     *
     * @param texts the texts of one query
     * @param answers their relevances, in the same order
     */
    public static List<RankedText> ordered(List<String> texts, List<Answer.Relevance> answers) {
        Objects.requireNonNull(texts, "texts is null");
        Objects.requireNonNull(answers, "answers is null");
        List<Integer> order = IntStream.range(0, texts.size())
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -answers.get(i).value()))
                .toList();
        return IntStream.range(0, order.size())
                .mapToObj(i -> new RankedText(
                        i + 1,
                        order.get(i),
                        texts.get(order.get(i)),
                        answers.get(order.get(i)).value()))
                .toList();
    }
}
