package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.Queries;
import org.unipelt.data.TextReader;
import org.unipelt.task.Answer;
import org.unipelt.task.Ranking;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.RankedText;
import org.unipelt.tuned.TunedModel;
import picocli.CommandLine.Option;

/**
 * The lines that {@code predict} prints for a model that ranks: the texts of each query, the most relevant first. The rows
 * of a query may stand anywhere, so all are read before the first line is printed.
 */
final class RankedLines {
    private static final int RANK = 4;
    private static final int NUMBER = 6;

    @Option(
            names = "--query",
            paramLabel = "TEXT",
            description = "For a model that ranks: orders the texts by their relevance to this query.")
    private @Nullable String query;

    @Option(
            names = "--input-order",
            description = "For a model that ranks: prints the rows in the order of the input, with their ranks.")
    private boolean inputOrder;

    /** A row, its place within its query, and the reason if it has none. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Line(
            Optional<Integer> line,
            Optional<String> query,
            Optional<String> text,
            Optional<Integer> rank,
            Optional<Double> relevance,
            Optional<String> error) {}

    /** Checks that the options fit the model. */
    void requireFit(AdapterCard card) {
        if (!(card.task() instanceof Ranking) && (query != null || inputOrder)) {
            throw new InputException((query != null ? "--query" : "--input-order")
                    + " is for a model that ranks, and this one predicts "
                    + card.labels().describe() + "; leave it out");
        }
    }

    /** Returns the query that was given for all texts. */
    Optional<String> query() {
        return Optional.ofNullable(query);
    }

    /** Returns a row of one text as a row of the query and the text. */
    private TextReader.Row asked(TextReader.Row row) {
        return query == null
                        || row.example().filter(each -> each.pair().isPresent()).isPresent()
                ? row
                : new TextReader.Row(
                        row.line(),
                        row.example()
                                .map(text -> new Example(
                                        Objects.requireNonNull(query),
                                        Optional.of(text.text()),
                                        Optional.empty(),
                                        text.line())),
                        row.problem());
    }

    /**
     * Reads all rows and returns them in the order of the lines to print: queries as they first occur, each with its texts
     * by relevance, then the rows that have none.
     *
     * @param top the most texts of a query
     */
    List<Line> lines(TextReader reader, TunedModel model, Optional<Integer> top) {
        List<TextReader.Row> rows = new ArrayList<>();
        List<Answer.Relevance> answers = new ArrayList<>();
        for (List<TextReader.Row> part = reader.next(); !part.isEmpty(); part = reader.next()) {
            List<TextReader.Row> asked =
                    part.stream().filter(row -> !row.blank()).map(this::asked).toList();
            List<Example> examples =
                    asked.stream().flatMap(row -> row.example().stream()).toList();
            model.card().requireFits(new Dataset(reader.name(), examples));
            model.predict(examples).forEach(answer -> answers.add((Answer.Relevance) answer));
            rows.addAll(asked);
        }
        int[] places = IntStream.range(0, rows.size())
                .filter(i -> rows.get(i).example().isPresent())
                .toArray();
        List<Line> ordered = new ArrayList<>();
        Line[] inOrder = new Line[rows.size()];
        Queries queries = Queries.of(new Dataset(
                reader.name(),
                rows.stream().flatMap(row -> row.example().stream()).toList()));
        for (int[] own : queries.places()) {
            List<RankedText> ranked = RankedText.ordered(
                    IntStream.of(own)
                            .mapToObj(i -> queries.rows().get(i).pair().orElseThrow())
                            .toList(),
                    IntStream.of(own).mapToObj(answers::get).toList());
            for (RankedText text : ranked.subList(0, Math.min(ranked.size(), top.orElse(ranked.size())))) {
                int place = own[text.index()];
                Line line = new Line(
                        line(rows.get(places[place])),
                        Optional.of(queries.rows().get(place).text()),
                        Optional.of(text.text()),
                        Optional.of(text.rank()),
                        Optional.of(text.relevance()),
                        Optional.empty());
                ordered.add(line);
                inOrder[places[place]] = line;
            }
        }
        for (int i = 0; i < inOrder.length; i++) {
            if (rows.get(i).problem().isPresent()) {
                inOrder[i] = new Line(
                        line(rows.get(i)),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        rows.get(i).problem());
                ordered.add(inOrder[i]);
            }
        }
        return inputOrder ? Stream.of(inOrder).filter(line -> line != null).toList() : ordered;
    }

    private static Optional<Integer> line(TextReader.Row row) {
        return Optional.of(row.line()).filter(line -> line > 0);
    }

    /** Returns a line as text: rank, relevance, query and text; without the query if it was given for all texts. */
    String text(Line line, int columns) {
        List<String> cells = new ArrayList<>(List.of(
                line.rank().map(rank -> Integer.toString(rank)).orElse(""),
                line.relevance().map(Metrics::number).orElse("")));
        List<String> texts = new ArrayList<>();
        if (query == null) {
            line.query().ifPresent(texts::add);
        }
        line.text().ifPresent(texts::add);
        line.error().map(error -> "error: " + error).ifPresent(texts::add);
        if (columns == 0) {
            return Stream.concat(cells.stream(), texts.stream())
                    .map(Console::plain)
                    .reduce((one, other) -> one + "\t" + other)
                    .orElseThrow();
        }
        String start = " ".repeat(RANK - Math.min(RANK, cells.get(0).length())) + cells.get(0) + "  " + cells.get(1)
                + " ".repeat(Math.max(0, NUMBER - cells.get(1).length())) + "  ";
        return PredictionLines.cut(start + Console.plain(String.join(" | ", texts)), columns);
    }
}
