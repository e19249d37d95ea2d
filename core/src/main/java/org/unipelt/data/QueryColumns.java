package org.unipelt.data;

import java.util.List;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.data.ColumnNames.Role;

/**
 * The columns of rows to rank: a query, a text, and how relevant the text is. A column that is not named is the only one
 * with a usual name; two of them are refused.
 */
final class QueryColumns {
    static final List<String> QUERIES = List.of("query", "question");
    private static final List<String> TEXTS = List.of("text", "document", "passage", "answer");
    static final List<String> GRADES = List.of("grade", "relevance", "click", "label", "score");

    private QueryColumns() {}

    /**
     * Finds the columns.
     *
     * @throws InputException if a named column does not exist, or none or several have a usual name
     */
    static Columns choose(Table table, ColumnNames names) {
        Column query = named(table, names.text(), Role.TEXT, "query", QUERIES);
        Column text = named(table, names.pair(), Role.PAIR, "text to rank", TEXTS);
        return new Columns(
                query,
                Optional.of(text),
                names.labelled()
                        ? Optional.of(named(table, names.label(), Role.LABEL, "grade or click", GRADES))
                        : Optional.empty(),
                false);
    }

    private static Column named(Table table, Optional<String> name, Role role, String what, List<String> usual) {
        if (name.isPresent()) {
            return ColumnNames.required(table, name.get(), role);
        }
        List<Column> found = usual.stream()
                .flatMap(each -> ColumnNames.find(table, each).stream())
                .toList();
        if (found.size() == 1) {
            return found.get(0);
        }
        throw InputException.about(
                role.flag(),
                table.name() + ": which column holds the " + what + "? "
                        + (found.isEmpty()
                                ? "none is called " + said(usual, " or ")
                                : said(found.stream().map(Column::name).toList(), " and ") + " could")
                        + "; " + ColumnNames.choose(table, role)
                        + "; --text is the query, --pair the text, --label its grade");
    }

    private static String said(List<String> names, String last) {
        String quoted = String.join("', '", names.subList(0, names.size() - 1));
        return "'" + quoted + "'" + last + "'" + names.get(names.size() - 1) + "'";
    }
}
