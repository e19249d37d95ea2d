package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.unipelt.data.Dataset;
import org.unipelt.tuned.GateValues;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code unipelt gates}: shows the gates of a UniPELT model. */
@Command(
        name = "gates",
        header = "Shows how far a model's gates open on texts.",
        description = {
            "",
            "Means over the rows, by layer and sub-module: near 0 the sub-module is shut out, near 1 it acts fully."
                    + " Labels are not needed.",
            ""
        },
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  unipelt gates my-model --data test.tsv",
            "  unipelt gates my-model --data test.tsv --per-example > gates.tsv"
        })
final class GatesCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private ModelOptions model;

    @ArgGroup(validate = false, heading = "%nData:%n")
    private LabelledOptions data = new LabelledOptions();

    @Option(names = "--per-example", description = "One row for each text, with tabs: every gate, then the text.")
    private boolean perExample;

    @Mixin
    private CommonOptions common;

    GatesCommand(Console console) {
        this.console = console;
    }

    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record OneGate(String submodule, int layer, String place, double mean, Optional<double[]> values) {}

    record Result(@JsonProperty("model_dir") String folder, String data, int examples, List<OneGate> gates) {}

    @Override
    public Integer call() {
        try (TunedFolder tuned = model.read(console)) {
            tuned.card().requireGates();
            Dataset rows = data.read(tuned.card(), false, console);
            List<GateValues> gates = tuned.model().gates(rows.examples());
            if (common.json()) {
                console.printJson(new Result(
                        model.folder().toString(),
                        rows.name(),
                        rows.size(),
                        gates.stream().map(this::json).toList()));
            } else if (perExample) {
                printExamples(gates, rows);
            } else {
                GateTable.lines(gates).forEach(console::print);
            }
        }
        return 0;
    }

    private OneGate json(GateValues gate) {
        return new OneGate(
                gate.submodule(),
                gate.site().layer(),
                gate.site().place().text(),
                gate.mean(),
                perExample ? Optional.of(gate.values()) : Optional.empty());
    }

    private void printExamples(List<GateValues> gates, Dataset rows) {
        List<String> head = new ArrayList<>();
        gates.forEach(gate -> head.add(gate.submodule() + "." + gate.site()));
        head.add("text");
        if (rows.pairs()) {
            head.add("pair");
        }
        console.printRow(head);
        for (int i = 0; i < rows.size(); i++) {
            List<String> cells = new ArrayList<>();
            for (GateValues gate : gates) {
                cells.add(Metrics.number(gate.values()[i]));
            }
            cells.add(rows.get(i).text());
            rows.get(i).pair().ifPresent(cells::add);
            console.printRow(cells);
        }
    }
}
