package org.unipelt.spark;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.unipelt.InputException;
import org.unipelt.data.Example;
import org.unipelt.task.Answer;
import org.unipelt.tuned.MixedBatch;
import org.unipelt.tuned.TunedModel;

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
    private final Deque<Row> ready = new ArrayDeque<>();

    /** What a model says of a row. */
    private record Cell(String label, Double probability, String error) {}

    /**
     * Prepares the answers.
     *
     * @param text the column of the texts
     * @param pair the column of the second texts; empty for models of single texts
     * @param models on one base model
     */
    PredictedRows(Iterator<Row> rows, String text, Optional<String> pair, List<TunedModel> models) {
        this.rows = rows;
        this.text = text;
        this.pair = pair;
        this.models = models;
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
        List<MixedBatch.Request> requests = new ArrayList<>();
        // For each row its example, or why it has none.
        List<Object> read = new ArrayList<>();
        for (Row row : window) {
            try {
                Example example = example(row);
                models.forEach(model -> requests.add(new MixedBatch.Request(model, example)));
                read.add(example);
            } catch (InputException e) {
                read.add(e.getMessage());
            }
        }
        Iterator<Cell> cells = cells(requests).iterator();
        List<Row> answered = new ArrayList<>();
        for (int i = 0; i < window.size(); i++) {
            List<Object> values = values(window.get(i));
            for (int model = 0; model < models.size(); model++) {
                Cell cell = read.get(i) instanceof Example ? cells.next() : new Cell(null, null, (String) read.get(i));
                values.add(cell.label());
                values.add(cell.probability());
                values.add(cell.error());
            }
            answered.add(RowFactory.create(values.toArray()));
        }
        return answered;
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
