package org.unipelt.data;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.Suggestion;

/**
 * The names of the columns to read, and the rules for columns that are not named.
 *
 * <p>An exact match of a name wins over one that differs in case. If no text column is named, the text comes from the
 * first of these that the table has:
 *
 * <ol>
 *   <li>{@code text} with {@code text_pair}; {@code text} alone;
 *   <li>{@code sentence1} with {@code sentence2}, {@code question1} with {@code question2}, {@code premise} with {@code
 *       hypothesis}, {@code question} with {@code sentence};
 *   <li>{@code sentence} alone;
 *   <li>the only column that is neither the label nor the second text, and is not named {@code id}, {@code idx} or
 *       {@code index}, or without a name.
 * </ol>
 *
 * <p>If no second text is named, one is read only from such a pair of columns, and never when a text column is named.
 * If no label column is named, it is {@code label}.
 *
 * @param text the name of the text column
 * @param pair the name of the second text's column
 * @param label the name of the label column
 * @param labelled whether labels are read at all
 * @param separator what stands between the labels of a row that has several (multi-label data); the label is then one
 *     column, or several with commas between their names. Empty if a row has one label
 * @param queries whether the first text is a query, the second a text to rank, and the label its grade; columns that are
 *     not named are then {@code query} or {@code question}; {@code text}, {@code document}, {@code passage} or {@code
 *     answer}; and {@code grade}, {@code relevance}, {@code click}, {@code label} or {@code score}
 */
public record ColumnNames(
        Optional<String> text,
        Optional<String> pair,
        Optional<String> label,
        boolean labelled,
        Optional<String> separator,
        boolean queries) {
    private static final String LABEL = "label";
    private static final String COMMA = ",";
    private static final List<String> ROW_NAMES = List.of("", "id", "idx", "index");

    private static final int LISTED = 20;
    private static final int LONGEST_NAME = 40;

    /** What a column holds. */
    enum Role {
        TEXT("text", "text"),
        PAIR("second text", "pair"),
        LABEL("label", "label");

        private final String said;
        /** The name of the option, and of the entry in a spec, that chooses the column. */
        private final String flag;

        Role(String said, String flag) {
            this.said = said;
            this.flag = flag;
        }

        String flag() {
            return flag;
        }
    }

    private record Couple(String first, String second) {}

    private static final Couple TEXTS = new Couple("text", "text_pair");
    private static final List<Couple> COUPLES = List.of(
            new Couple("sentence1", "sentence2"),
            new Couple("question1", "question2"),
            new Couple("premise", "hypothesis"),
            new Couple("question", "sentence"));

    /** Columns of rows that have one label at most. */
    public ColumnNames(Optional<String> text, Optional<String> pair, Optional<String> label, boolean labelled) {
        this(text, pair, label, labelled, Optional.empty());
    }

    /** Columns of rows of which none is a query. */
    public ColumnNames(
            Optional<String> text,
            Optional<String> pair,
            Optional<String> label,
            boolean labelled,
            Optional<String> separator) {
        this(text, pair, label, labelled, separator, false);
    }

    /** Checks the separator. */
    public ColumnNames {
        separator.ifPresent(LabelSet::requireSeparator);
    }

    /** Returns the usual names, with labels: to train and evaluate. */
    public static ColumnNames textsAndLabels() {
        return new ColumnNames(Optional.empty(), Optional.empty(), Optional.empty(), true);
    }

    /** Returns the usual names, without labels: to predict. */
    public static ColumnNames textsOnly() {
        return new ColumnNames(Optional.empty(), Optional.empty(), Optional.empty(), false);
    }

    /** Returns these names with another text column. */
    public ColumnNames withText(String name) {
        return new ColumnNames(Optional.of(name), pair, label, labelled, separator, queries);
    }

    /** Returns these names with another column for the second text. */
    public ColumnNames withPair(String name) {
        return new ColumnNames(text, Optional.of(name), label, labelled, separator, queries);
    }

    /** Returns these names with another label column. */
    public ColumnNames withLabel(String name) {
        return new ColumnNames(text, pair, Optional.of(name), labelled, separator, queries);
    }

    /** Returns these names for rows with several labels. */
    public ColumnNames withSeparator(String between) {
        Objects.requireNonNull(between, "between is null");
        return new ColumnNames(text, pair, label, labelled, Optional.of(between), queries);
    }

    /** Returns these names for rows to rank: the first text is a query, the second a text, the label its grade. */
    public ColumnNames withQueries() {
        return new ColumnNames(text, pair, label, labelled, separator, true);
    }

    /** Returns in words how the labels of a row are read if it has several; empty if it has one. */
    public Optional<String> several() {
        List<String> names = labelNames();
        return separator.map(between -> names.size() > 1
                ? "1 in the columns of a row's labels, 0 in the others: " + String.join(", ", names)
                : "any number a row in '" + names.get(0) + "': a JSON array, or '" + between + "' between them");
    }

    /**
     * Returns the columns of the texts in a table of some columns: one, or with that of the second text two.
     *
     * @param table its name, for messages
     * @param columns the names of all columns
     * @throws InputException if a column that is named here is missing, or none is named and none of the rules finds one
     */
    public List<String> texts(String table, List<String> columns) {
        Objects.requireNonNull(table, "table is null");
        Objects.requireNonNull(columns, "columns is null");
        Columns found = choose(new Table(table, columns, List.of(), new BadRows(table)));
        return Stream.concat(Stream.of(found.text()), found.pair().stream())
                .map(Column::name)
                .toList();
    }

    Columns choose(Table table) {
        if (queries) {
            return QueryColumns.choose(table, this);
        }
        List<Column> labels = labelled ? labels(table) : List.of();
        Optional<LabelColumns> several =
                separator.filter(between -> labelled).map(between -> new LabelColumns(labels, between));
        Columns texts = texts(table);
        return new Columns(
                texts.text(),
                texts.pair(),
                several.isPresent() ? Optional.empty() : labels.stream().findFirst(),
                several,
                false);
    }

    /** Returns the columns of the labels. A column of the whole name wins over several with commas between. */
    private List<Column> labels(Table table) {
        String name = label.orElse(LABEL);
        return separator.isPresent() && find(table, name).isEmpty() && name.contains(COMMA)
                ? labelNames().stream()
                        .map(each -> required(table, each, Role.LABEL))
                        .toList()
                : List.of(required(table, name, Role.LABEL));
    }

    /** Returns the names of the columns that may hold labels: the whole name, and those between its commas. */
    private List<String> labelNames() {
        String name = label.orElse(LABEL);
        return separator.isPresent() && name.contains(COMMA)
                ? Stream.of(name.split(COMMA, -1)).map(String::strip).toList()
                : List.of(name);
    }

    /**
     * Checks that every column of a label has a row with it in training data: nothing can be learned of another.
     *
     * @param file the file for messages
     * @param found the labels of its rows
     * @throws InputException if not
     */
    public void requireUsed(String file, List<String> found) {
        Objects.requireNonNull(file, "file is null");
        Objects.requireNonNull(found, "found is null");
        List<String> names = labelNames();
        if (names.size() > 1 && found.stream().allMatch(name -> names.stream().anyMatch(name::equalsIgnoreCase))) {
            names.stream()
                    .filter(name -> found.stream().noneMatch(name::equalsIgnoreCase))
                    .findFirst()
                    .ifPresent(name -> {
                        throw InputException.about(
                                Role.LABEL.flag,
                                file + ": no row has the label '" + name + "'; leave its column out of --label");
                    });
        }
    }

    /** Returns whether a column may hold lists of labels. */
    boolean mayHoldLists(String column) {
        return labelled && separator.isPresent() && column.equalsIgnoreCase(label.orElse(LABEL));
    }

    private Columns texts(Table table) {
        Optional<Column> second = pair.map(name -> required(table, name, Role.PAIR));
        if (text.isPresent()) {
            return new Columns(required(table, text.get(), Role.TEXT), second, Optional.empty(), false);
        }
        if (second.isPresent()) {
            return new Columns(besides(table, second.get()), second, Optional.empty(), false);
        }
        return usual(table);
    }

    private Columns usual(Table table) {
        List<Couple> couples = new ArrayList<>(List.of(TEXTS));
        if (find(table, TEXTS.first()).isEmpty()) {
            couples.addAll(COUPLES);
        }
        for (Couple couple : couples) {
            Optional<Column> first = find(table, couple.first());
            Optional<Column> second = find(table, couple.second());
            if (first.isPresent() && second.isPresent()) {
                return new Columns(first.get(), second, Optional.empty(), false);
            }
        }
        Column only = find(table, TEXTS.first())
                .or(() -> find(table, "sentence"))
                .orElseGet(() -> onlyOneLeft(table, Optional.empty()));
        return new Columns(only, Optional.empty(), Optional.empty(), false);
    }

    /** Returns the column of the first text if only the second is named. */
    private Column besides(Table table, Column second) {
        String name = second.name().toLowerCase(Locale.ROOT);
        return COUPLES.stream()
                .filter(couple -> couple.second().equals(name))
                .flatMap(couple -> find(table, couple.first()).stream())
                .findFirst()
                .or(() -> find(table, TEXTS.first()).filter(column -> !column.equals(second)))
                .or(() -> find(table, "sentence").filter(column -> !column.equals(second)))
                .orElseGet(() -> onlyOneLeft(table, Optional.of(second)));
    }

    private Column onlyOneLeft(Table table, Optional<Column> second) {
        List<Column> left = new ArrayList<>();
        for (int i = 0; i < table.columns().size(); i++) {
            Column column = table.column(i);
            String name = column.name().toLowerCase(Locale.ROOT);
            boolean aside = name.equals(label.orElse(LABEL).toLowerCase(Locale.ROOT))
                    || labelNames().stream().anyMatch(name::equalsIgnoreCase)
                    || isRowName(name)
                    || second.filter(column::equals).isPresent();
            if (!aside) {
                left.add(column);
            }
        }
        if (left.size() == 1) {
            return left.get(0);
        }
        throw InputException.about(
                Role.TEXT.flag,
                table.name() + ": which column holds the text? none is called 'text' or 'sentence'; "
                        + choose(table, Role.TEXT));
    }

    /** Returns whether a column of this name only numbers the rows. */
    static boolean isRowName(String name) {
        return ROW_NAMES.contains(name.toLowerCase(Locale.ROOT));
    }

    static Column required(Table table, String name, Role role) {
        return find(table, name).orElseThrow(() -> {
            String near = Suggestion.nearest(name, table.columns())
                    .map(nearest -> "did you mean '" + nearest + "'? ")
                    .orElse("");
            return InputException.about(
                    role.flag,
                    table.name() + ": there is no column '" + name + "' for the " + role.said + "; " + near
                            + choose(table, role));
        });
    }

    /** The columns, and how to choose one of them. */
    static String choose(Table table, Role role) {
        return "columns: " + listed(table) + divider(table) + "; choose one with --" + role.flag
                + " (in a spec: columns: {" + role.flag + ": NAME})";
    }

    static Optional<Column> find(Table table, String name) {
        List<Column> exact = new ArrayList<>();
        List<Column> near = new ArrayList<>();
        for (int i = 0; i < table.columns().size(); i++) {
            Column column = table.column(i);
            if (column.name().equals(name)) {
                exact.add(column);
            } else if (column.name().equalsIgnoreCase(name)) {
                near.add(column);
            }
        }
        List<Column> found = exact.isEmpty() ? near : exact;
        if (found.size() > 1) {
            throw new InputException(table.name() + ": " + found.size() + " columns are called '"
                    + found.get(0).name() + "'; give them different names");
        }
        return found.stream().findFirst();
    }

    /** Lists the columns in one line, even if a file has no header and its first texts count as names. */
    private static String listed(Table table) {
        List<String> names = table.columns().stream()
                .limit(LISTED)
                .map(name -> name.replaceAll("\\p{Cntrl}", " "))
                .map(name -> name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME) + "…")
                .toList();
        return String.join(", ", names) + (table.columns().size() > LISTED ? ", …" : "");
    }

    /**
     * Names the delimiter that a single column's name contains: the table then has another format than its ending says.
     */
    static String divider(Table table) {
        return table.columns().size() == 1
                ? FileFormat.divider(table.columns().get(0))
                        .map(said -> " (" + said + ")")
                        .orElse("")
                : "";
    }

    /** Returns whether a row is a header: it has two or more cells, and one is the name of a column to read. */
    boolean head(List<String> cells) {
        Set<String> wanted = new HashSet<>(Set.of(label.orElse(LABEL).toLowerCase(Locale.ROOT)));
        text.or(() -> pair).ifPresentOrElse(name -> wanted.add(name.toLowerCase(Locale.ROOT)), () -> {
            wanted.addAll(List.of(TEXTS.first(), "sentence"));
            COUPLES.forEach(couple -> wanted.add(couple.first()));
        });
        if (queries) {
            wanted.addAll(text.isPresent() ? List.of() : QueryColumns.QUERIES);
        }
        return cells.size() > 1
                && cells.stream()
                        .map(cell -> cell.strip().toLowerCase(Locale.ROOT))
                        .anyMatch(wanted::contains);
    }
}
