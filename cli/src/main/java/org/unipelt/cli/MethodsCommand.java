package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.backbone.Anatomy;
import org.unipelt.backbone.Place;
import org.unipelt.cli.TextTable.Align;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.method.Preset;
import org.unipelt.task.ParameterCounts;
import org.unipelt.tensor.Compute;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code unipelt methods}: lists the tuning methods and their parameter counts. */
@Command(
        name = "methods",
        header = "Lists the tuning methods and how much each one trains.",
        description = {
            "",
            "trained: as the UniPELT paper counts, without the head and with a prefix as the matrices that are saved; %%"
                    + " is its share of the base model. exactly, which --method and --json show: every trained"
                    + " parameter, with the head and the prefix's network.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  unipelt methods",
            "  unipelt methods --method \"lora(rank=4,on=query+key+value)\" --labels 6"
        })
final class MethodsCommand implements Callable<Integer> {
    private static final int FEWEST_LABELS = 1;
    private static final int WIDTH = 80;

    private final Console console;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            defaultValue = ModelOptions.DEFAULT_MODEL,
            description = "Base model to count on: " + ModelOptions.WHAT_MODEL + " Default: ${DEFAULT-VALUE}.")
    private String model;

    @Option(names = "--method", paramLabel = "TEXT", description = "Counts this method alone instead of every preset.")
    private @Nullable String text;

    @Option(
            names = "--labels",
            paramLabel = "N",
            defaultValue = "2",
            description = "Outputs of the head, 1 for a score. Default: ${DEFAULT-VALUE}.")
    private int labels;

    @Mixin
    private CommonOptions common;

    MethodsCommand(Console console) {
        this.console = console;
    }

    record Row(
            String name,
            String text,
            String modifies,
            @JsonProperty("acts_at") Map<String, List<String>> actsAt,
            long trained,
            double percent,
            @JsonProperty("trained_exactly") long exact,
            @JsonProperty("percent_exactly") double exactPercent,
            @JsonProperty("learning_rate") double learningRate) {}

    /** The result, for {@code --json}. */
    record Listing(
            String model,
            @JsonProperty("model_weights") long weights,
            int labels,
            Map<String, String> modules,
            List<Row> methods) {}

    @Override
    public Integer call() {
        if (labels < FEWEST_LABELS) {
            throw new InputException("--labels must be at least " + FEWEST_LABELS + ", got " + labels);
        }
        Map<String, Method> methods = new LinkedHashMap<>();
        Collection<String> texts = text == null ? Methods.names() : List.of(text);
        texts.forEach(Methods::check);
        try (BaseModel base = DownloadProgress.open(model, Compute.cpu(), console)) {
            texts.forEach(name -> methods.put(name, Methods.parse(name, base.modules()::places)));
            List<Row> rows = new ArrayList<>();
            methods.forEach((name, method) -> rows.add(row(name, method, base)));
            Listing listing = new Listing(base.name(), weights(base), labels, modules(base), rows);
            if (common.json()) {
                console.printJson(listing);
            } else {
                print(listing, methods, base.backbone().anatomy());
            }
        }
        return 0;
    }

    private Row row(String name, Method method, BaseModel base) {
        ParameterCounts counts = ParameterCounts.of(base.backbone(), method, base.head(), labels);
        return new Row(
                name,
                method.toString(),
                method.modifies(),
                actsAt(method),
                counts.paper(),
                counts.percent(),
                counts.exact(),
                counts.exactPercent(),
                method.learningRate());
    }

    private static Map<String, List<String>> actsAt(Method method) {
        Map<String, List<String>> actsAt = new LinkedHashMap<>();
        method.attachments().forEach((place, names) -> actsAt.put(place.text(), names));
        return actsAt;
    }

    /** The names of the base model's own modules by the places that they are. */
    private static Map<String, String> modules(BaseModel base) {
        Map<String, String> modules = new LinkedHashMap<>();
        for (Place place : Place.values()) {
            base.modules().of(place).ifPresent(module -> modules.put(place.text(), module));
        }
        return modules;
    }

    private long weights(BaseModel base) {
        return ParameterCounts.of(base.backbone(), Methods.parse("head"), base.head(), labels)
                .backbone();
    }

    private void print(Listing listing, Map<String, Method> methods, Anatomy anatomy) {
        console.print(String.format(
                Locale.ROOT,
                "On %s (%,d weights), with %d output%s:",
                listing.model(),
                listing.weights(),
                labels,
                labels == 1 ? "" : "s"));
        console.print("");
        boolean named = text == null;
        if (named) {
            printGroups(listing);
        } else {
            printCounts(listing.methods().get(0));
        }
        console.print("");
        console.print(named ? "Where they act in a layer:" : "Where it acts in a layer:");
        LayerPicture.layer(anatomy).forEach(console::print);
        console.print("");
        printModules(listing.modules());
        console.print("");
        (named
                        ? LayerPicture.rows(methods)
                        : LayerPicture.rows(methods.values().iterator().next()))
                .forEach(console::print);
        console.print("");
        printTexts(methods);
    }

    /** Prints the two names of every projection, which methods' options take. */
    private void printModules(Map<String, String> modules) {
        TextTable table = new TextTable(List.of(Align.LEFT, Align.LEFT));
        table.add("  projection", "its modules");
        modules.forEach((place, module) -> table.add("  " + place, module));
        console.print("The projections; options such as LoRA's 'on' take either name:");
        table.lines().forEach(line -> console.print(line.stripTrailing()));
    }

    /** Prints the presets, group by group. */
    private void printGroups(Listing listing) {
        Map<String, Row> rows = listing.methods().stream().collect(Collectors.toMap(Row::name, row -> row));
        for (Preset.Group group : Preset.Group.values()) {
            List<Preset> presets = Methods.presets().stream()
                    .filter(preset -> preset.group() == group)
                    .toList();
            if (presets.isEmpty()) {
                continue;
            }
            TextTable table = new TextTable(List.of(Align.LEFT, Align.RIGHT, Align.RIGHT, Align.LEFT));
            table.add("", "trained", "%", "");
            presets.forEach(preset -> {
                Row row = Objects.requireNonNull(rows.get(preset.name()));
                table.add(preset.name(), count(row.trained()), percent(row.percent()), preset.summary());
            });
            console.print(group.title());
            table.lines().forEach(line -> console.print(line.stripTrailing()));
            console.print("");
        }
        console.printSentence("trained: without the head, a prefix as it is saved");
    }

    private void printCounts(Row row) {
        TextTable table = new TextTable(List.of(Align.RIGHT, Align.RIGHT, Align.RIGHT, Align.RIGHT));
        table.add("trained", "%", "exactly", "%");
        table.add(count(row.trained()), percent(row.percent()), count(row.exact()), percent(row.exactPercent()));
        table.lines().forEach(console::print);
        console.printSentence("trained: without the head, a prefix as it is saved; exactly: all of it");
    }

    private static String count(long parameters) {
        return String.format(Locale.ROOT, "%,d", parameters);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.2f", share);
    }

    /** Prints the methods as text, with all options. */
    private void printTexts(Map<String, Method> methods) {
        console.print(text == null ? "As text, every option at its default:" : "As text, with every option:");
        methods.forEach((name, method) -> {
            if (text != null || method.name().equals(name)) {
                printText(method);
            }
        });
        if (text == null) {
            printText(Methods.parse("modification"));
            console.print("  'unipelt(METHOD,METHOD,...,gate=own,average=real)'");
            console.print("gate=own|central|none, average=real|all|none, open=0.5, temperature=1;");
            console.print("e.g. --method 'unipelt(adapter,lora(rank=4))'");
        }
    }

    /** Quotes a text for the shell, wraps a long one after commas and indents the next lines: white space means nothing. */
    private void printText(Method method) {
        int width = console.table() ? Math.min(WIDTH, console.columns()) : WIDTH;
        StringBuilder line = new StringBuilder(" ");
        for (String option : Console.quoted(method.toString()).split("(?<=,)")) {
            if (line.length() + 1 + option.length() > width) {
                console.print(line.toString());
                line = new StringBuilder("   ");
            }
            line.append(line.toString().isBlank() ? " " : "").append(option);
        }
        console.print(line.toString());
    }
}
