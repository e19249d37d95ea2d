package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVRecord;
import org.unipelt.experiment.report.ReportTable.Block;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.experiment.report.ReportTable.Mark;
import org.unipelt.experiment.report.ReportTable.Row;

/** The paper's tables as printed. */
final class PublishedTables {
    private static final List<String> COLUMNS =
            List.of("sst2", "mrpc", "cola", "rte", "qnli", "stsb", "mnli", "qqp", "average");
    private static final String SD = "_sd";

    private PublishedTables() {}

    static List<ReportTable> of(Published published) {
        return List.of(
                glue(
                        published,
                        "test",
                        "published-1",
                        "Table 1: test scores of BERT-base",
                        "Mean over five data seeds on GLUE, times 100, with the standard deviation behind ±."),
                glue(
                        published,
                        "dev",
                        "published-6",
                        "Table 6: development scores of BERT-base",
                        "The same on 1000 development rows; the test rows of this table are those of Table 1."),
                glue(
                        published,
                        "dev-best",
                        "published-3",
                        "Table 3: all training rows, BERT-base",
                        "The best score on GLUE's development rows, times 100."),
                upperBounds(published),
                bart(published));
    }

    private static ReportTable glue(Published published, String evaluation, String id, String title, String caption) {
        Map<String, List<Row>> blocks = new LinkedHashMap<>();
        for (CSVRecord line : published.glue()) {
            if (line.get("evaluation").equals(evaluation)) {
                String option = line.get("option");
                blocks.computeIfAbsent("K = " + line.get("samples"), k -> new ArrayList<>())
                        .add(new Row(
                                PaperNames.method(line.get("method")) + (option.isEmpty() ? "" : ", " + option),
                                COLUMNS.stream()
                                        .map(column -> printed(line, column))
                                        .toList()));
            }
        }
        List<String> heads = new ArrayList<>(
                COLUMNS.subList(0, 8).stream().map(PaperNames::task).toList());
        heads.add("Average");
        return new ReportTable(
                id,
                title,
                caption,
                "Method",
                heads,
                blocks.entrySet().stream()
                        .map(block -> new Block(block.getKey(), block.getValue()))
                        .toList());
    }

    private static ReportTable upperBounds(Published published) {
        List<Row> rows = published.upperBounds().stream()
                .map(line -> new Row(
                        "K = " + line.get("samples") + ", " + PaperNames.method(line.get("method")),
                        List.of(printed(line, "upper_bound"), printed(line, "average"))))
                .toList();
        return new ReportTable(
                "published-2",
                "Table 2: upper bounds, BERT-base",
                "Average test score of the best sub-module on each task, and of UniPELT.",
                "Combination",
                List.of("Upper bound", "UniPELT"),
                List.of(new Block("", rows)));
    }

    private static ReportTable bart(Published published) {
        List<String> methods = List.of("full", "adapter", "prefix", "unipelt-ap");
        List<Row> rows = published.bart().stream()
                .map(line -> new Row(
                        "Five " + line.get("seeds") + " seeds",
                        methods.stream().map(method -> printed(line, method)).toList()))
                .toList();
        return new ReportTable(
                "published-5",
                "Table 5: BART-large, K = 1000",
                "Best development score, times 100, averaged over GLUE without QQP, with the standard deviation behind ±.",
                "Seeds",
                methods.stream().map(PaperNames::method).toList(),
                List.of(new Block("", rows)));
    }

    private static Entry printed(CSVRecord line, String column) {
        String spread = line.isMapped(column + SD) ? line.get(column + SD) : "";
        return new Entry(
                line.get(column),
                Double.valueOf(line.get(column)),
                spread.isEmpty() ? null : Double.valueOf(spread),
                Mark.NONE);
    }
}
