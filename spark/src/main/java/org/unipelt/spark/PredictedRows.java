package org.unipelt.spark;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.data.Example;
import org.unipelt.task.Answer;
import org.unipelt.tuned.GateValues;
import org.unipelt.tuned.MixedBatch;
import org.unipelt.tuned.TunedModel;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The rows of a partition with the answers of one or several models. Reads a window of rows ahead, so that texts of like length
 * share a batch. A row that cannot be answered gets the reason in a column.
 */
final class PredictedRows implements Iterator<Row> {
    private static final int WINDOW = 1024;

    private final Iterator<Row> rows;
    private final String text;
    private final Optional<String> pair;
    private final List<TunedModel> models;
    private final boolean gates;
    private final Deque<Row> ready = new ArrayDeque<>();

    /** What a model says of a row. */
    private record Cell(
            @Nullable String label,
            @Nullable Double probability,
            @Nullable String error) {}

    /** A row, and its example or the reason why it has none. */
    private record Read(Row row, Optional<Example> example, String problem) {}

    /**
     * Prepares the answers.
     *
     * @param text the column of the texts
     * @param pair the column of the second texts; empty for models of single texts
     * @param models on one base model
     * @param gates whether each model also gets a column with the means of its gates: over layers, by sub-module
     */
    PredictedRows(Iterator<Row> rows, String text, Optional<String> pair, List<TunedModel> models, boolean gates) {
        this.rows = rows;
        this.text = text;
        this.pair = pair;
        this.models = models;
        this.gates = gates;
    }

    @Override
    public boolean hasNext() {
        return !ready.isEmpty() || rows.hasNext();
    }

    @Override
    public Row next() {
        if (ready.isEmpty()) {
            List<Row> window = new ArrayList<>();
            while (rows.hasNext() && window.size() < WINDOW) {
                window.add(rows.next());
            }
            ready.addAll(answered(window));
        }
        return ready.remove();
    }

    private List<Row> answered(List<Row> window) {
        List<Read> read = window.stream().map(this::read).toList();
        List<Example> examples =
                read.stream().flatMap(row -> row.example().stream()).toList();
        Iterator<Cell> cells = cells(examples.stream()
                        .flatMap(example -> models.stream().map(model -> new MixedBatch.Request(model, example)))
                        .toList())
                .iterator();
        List<Iterator<scala.collection.Map<String, Object>>> means = new ArrayList<>();
        if (gates) {
            models.forEach(model -> means.add(means(model, examples).iterator()));
        }
        List<Row> answered = new ArrayList<>();
        for (Read row : read) {
            List<Object> values = values(row.row());
            for (int model = 0; model < models.size(); model++) {
                boolean isRead = row.example().isPresent();
                Cell cell = isRead ? cells.next() : new Cell(null, null, row.problem());
                values.add(cell.label());
                values.add(cell.probability());
                if (gates) {
                    values.add(isRead ? means.get(model).next() : null);
                }
                values.add(cell.error());
            }
            answered.add(RowFactory.create(values.toArray()));
        }
        return answered;
    }

    private Read read(Row row) {
        try {
            return new Read(row, Optional.of(example(row)), "");
        } catch (InputException e) {
            return new Read(row, Optional.empty(), e.getMessage());
        }
    }

    /** For each example the mean of a sub-module's gates over layers and places; none has a gate twice. */
    private static List<scala.collection.Map<String, Object>> means(TunedModel model, List<Example> examples) {
        Map<String, List<GateValues>> bySubmodule = model.gates(examples).stream()
                .collect(Collectors.groupingBy(GateValues::submodule, TreeMap::new, Collectors.toList()));
        return IntStream.range(0, examples.size())
                .mapToObj(row -> {
                    Map<String, Object> means = new TreeMap<>();
                    bySubmodule.forEach((submodule, values) -> means.put(
                            submodule,
                            values.stream()
                                    .mapToDouble(gate -> gate.values()[row])
                                    .average()
                                    .orElseThrow()));
                    return (scala.collection.Map<String, Object>) CollectionConverters.asScala(means);
                })
                .toList();
    }

    private static List<Object> values(Row row) {
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) {
            values.add(row.get(i));
        }
        return values;
    }

    private Example example(Row row) {
        String first = given(row, text);
        return pair.isPresent() ? Example.ofPair(first, given(row, pair.get())) : Example.of(first);
    }

    private static String given(Row row, String column) {
        String given = row.getAs(column);
        if (given == null) {
            throw new InputException("the column '" + column + "' has no text here");
        }
        return given;
    }

    /** All in one pass; if one of them cannot be answered, each by itself. */
    private static List<Cell> cells(List<MixedBatch.Request> requests) {
        try {
            return MixedBatch.predict(requests).stream()
                    .map(PredictedRows::cell)
                    .toList();
        } catch (InputException e) {
            if (requests.size() == 1) {
                return List.of(new Cell(null, null, e.getMessage()));
            }
            return requests.stream()
                    .flatMap(request -> cells(List.of(request)).stream())
                    .toList();
        }
    }

    private static Cell cell(Answer answer) {
        return new Cell(answer.text(), answer instanceof Answer.Label label ? label.probability() : null, null);
    }
}
