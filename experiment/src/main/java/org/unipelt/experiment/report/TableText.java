package org.unipelt.experiment.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.unipelt.Words;
import org.unipelt.experiment.report.ReportTable.Block;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.experiment.report.ReportTable.Mark;
import org.unipelt.experiment.report.ReportTable.Row;

/** The report's tables as Markdown, CSV and JSON. */
final class TableText {
    static final String FORMAT = "unipelt-report-1";

    private TableText() {}

    private record Whole(String format, String title, List<String> words, List<ReportTable> tables) {}

    /**
     * GitHub's Markdown, one table per block.
     *
     * @param heading the title, then the summary
     */
    static String markdown(List<String> heading, List<ReportTable> tables) {
        StringBuilder text = new StringBuilder("# " + heading.get(0) + "\n");
        heading.stream()
                .skip(1)
                .forEach(words -> text.append('\n').append(words).append('\n'));
        for (ReportTable table : tables) {
            text.append("\n## ")
                    .append(table.title())
                    .append("\n\n")
                    .append(table.caption())
                    .append('\n');
            for (Block block : table.blocks()) {
                text.append('\n');
                if (!block.title().isEmpty()) {
                    text.append("**").append(block.title()).append("**\n\n");
                }
                line(text, table.rowsAre(), table.columns());
                line(text, "---", table.columns().stream().map(column -> "---:").toList());
                for (Row row : block.rows()) {
                    line(
                            text,
                            row.name(),
                            row.entries().stream().map(TableText::markdown).toList());
                }
            }
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String first, List<String> rest) {
        text.append("| ").append(cell(first));
        rest.forEach(words -> text.append(" | ").append(cell(words)));
        text.append(" |\n");
    }

    /** A cell's text, with pipes and line ends escaped. */
    private static String cell(String words) {
        return words.replace("|", "\\|").replaceAll("\\s+", " ");
    }

    private static String markdown(Entry entry) {
        String value =
                switch (entry.mark()) {
                    case NONE -> entry.text();
                    case BEST -> "**" + entry.text() + "**";
                    case SECOND -> "<u>" + entry.text() + "</u>";
                };
        return entry.spreadText().isEmpty() ? value : value + " " + entry.spreadText();
    }

    /** One line per entry, with the full precision of its number. */
    static String csv(List<ReportTable> tables) {
        StringBuilder text = new StringBuilder();
        try (CSVPrinter printer = new CSVPrinter(
                text, CSVFormat.DEFAULT.builder().setRecordSeparator("\n").get())) {
            printer.printRecord("table", "block", "row", "column", "text", "value", "spread", "mark");
            for (ReportTable table : tables) {
                for (Block block : table.blocks()) {
                    for (Row row : block.rows()) {
                        for (int i = 0; i < table.columns().size(); i++) {
                            Entry entry = row.entries().get(i);
                            printer.printRecord(
                                    table.id(),
                                    block.title(),
                                    row.name(),
                                    table.columns().get(i),
                                    entry.text(),
                                    entry.value(),
                                    entry.spread(),
                                    entry.mark() == Mark.NONE ? "" : Words.of(entry.mark()));
                        }
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    /** One object with all tables. */
    static String json(List<String> heading, List<ReportTable> tables) {
        try {
            return JsonMapper.builder()
                            .enumNamingStrategy(Words::of)
                            .enable(SerializationFeature.INDENT_OUTPUT)
                            .build()
                            .writeValueAsString(
                                    new Whole(FORMAT, heading.get(0), heading.subList(1, heading.size()), tables))
                    + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
