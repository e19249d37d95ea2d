package org.unipelt.method;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.unipelt.testkit.ReferencePage;

/** The reference of methods: every option of every kind of method as its code reads it, and every preset. */
@Tag("reference")
class MethodPageTest {
    private static final ReferencePage PAGE = ReferencePage.of("methods.md");

    /** What an option is for; of a name with several meanings, by {@code method.option}. */
    private static final Map<String, String> WHAT = Map.ofEntries(
            Map.entry("activation", "Function between the two maps of the bottleneck."),
            Map.entry("alpha", "The change is scaled by alpha / rank; behind a gate, by the gate instead."),
            Map.entry("at", "What is changed."),
            Map.entry("attend", "From scores to weights: relu, with compose=add, is the multi-head parallel adapter."),
            Map.entry(
                    "average", "What a gate is the mean of: real tokens, all with the padding, or none: one a token."),
            Map.entry("bottleneck", "Width of the bottleneck."),
            Map.entry(
                    "compose",
                    "How the change joins what it changes: added, added times s as in scale(4) or times a learned number;"
                            + " a prefix is weighed against the text, by concat or lambda, which compute the same."),
            Map.entry("divisions", "Number of Kronecker products; divides the rank and the hidden size."),
            Map.entry("dropout", "Of what the second map reads."),
            Map.entry("lora.dropout", "Of what the change reads."),
            Map.entry("low-rank.dropout", "Of what the change reads."),
            Map.entry("factor-rank", "Rank of the large factors."),
            Map.entry("form", "The function that computes the change."),
            Map.entry(
                    "prefix.form",
                    "By a table and a network while it is trained, or directly. Only the flat form is saved."),
            Map.entry("gate", "With UniPELT: one gate for each projection, or one for all of a layer's."),
            Map.entry(
                    "unipelt.gate",
                    "Each sub-module's own gates, none, or one softmax a layer between lora and prefix."),
            Map.entry("init", "Initial values: of BERT, or of LoRA, without an effect at the start."),
            Map.entry("prefix.init", "Initial values of table and network: of BERT, or PyTorch's defaults."),
            Map.entry(
                    "modification.init",
                    "Initial values: of BERT, or of LoRA, without an effect at the start; of a prefix, of BERT or PyTorch's"
                            + " defaults."),
            Map.entry(
                    "insert",
                    "What the change reads: the sub-layer's input, its output, or the output after its layer norm."),
            Map.entry("layers", "All layers, or the topmost ones of an encoder."),
            Map.entry("length", "Number of vectors."),
            Map.entry("name", "Begins the names of the parameters, so that one model can hold two adapters."),
            Map.entry("network", "Width of the network."),
            Map.entry("norm", "A trained layer norm before the first map, or after the second."),
            Map.entry("on", "What is changed. The names of the base model's own modules are read too."),
            Map.entry("open", "How far gates are open at the start: one number, or one for each method."),
            Map.entry(
                    "query", "What attends to the prefix: the text's query, or that of the attention's normed input."),
            Map.entry("rank", "Width between the two maps."),
            Map.entry("temperature", "Divides the sigmoid's input; below 1, gates are sharper."));

    private static final List<String> TEXTS = List.of(
            "full",
            "probe",
            "head",
            "bitfit",
            "adapter",
            "houlsby",
            "prefix",
            "prompt",
            "lora",
            "ia3",
            "unipelt(adapter,prefix,lora)",
            "modification");

    @Test
    void thePageHasEveryOptionOfEveryKind() throws IOException {
        Set<String> told = new TreeSet<>();
        List<String> lines = new ArrayList<>();
        for (String text : TEXTS) {
            Options options = read(text);
            told.add(options.word());
            lines.addAll(List.of("### " + options.word(), "", "`" + Methods.parse(text) + "`", ""));
            lines.add(says(text) + ".");
            lines.add("");
            if (!options.known().isEmpty()) {
                lines.addAll(table(options.word(), options.known()));
                lines.add("");
            }
            if (options.word().equals(Modification.WORD)) {
                for (String form : Modification.FORMS) {
                    Options beside = read(text + "(form=" + form + ")");
                    lines.addAll(List.of("`form=" + form + "(...)` has options in its brackets:", ""));
                    lines.addAll(table(form, beside.values().get(0).known()));
                    lines.add("");
                    Map<String, Options.Known> other = new LinkedHashMap<>(beside.known());
                    other.entrySet().removeAll(options.known().entrySet());
                    other.remove("form");
                    if (!other.isEmpty()) {
                        lines.addAll(List.of("Beside it, `modification` has other values:", ""));
                        lines.addAll(table(options.word(), other));
                        lines.add("");
                    }
                }
            }
        }
        assertThat(told).as("a kind of method is missing from the page").isEqualTo(ours());
        lines.remove(lines.size() - 1);
        PAGE.holds("kinds", lines);
    }

    /** Without those of the tests' class path. */
    private static Set<String> ours() {
        Set<String> ours = new TreeSet<>(Methods.kinds());
        Methods.presets().stream()
                .filter(preset -> preset.group() == Preset.Group.OTHER)
                .forEach(preset -> ours.remove(preset.name()));
        return ours;
    }

    private static Options read(String text) {
        MethodText parsed = MethodText.parse(text);
        Options options = new Options(parsed, module -> Set.of());
        options.finish(Methods.kind(parsed.word()).orElseThrow().apply(options));
        return options;
    }

    private static String says(String text) {
        Method method = Methods.parse(text);
        String summary = Methods.preset(text).map(Preset::summary).orElse("");
        String rate = new BigDecimal(Double.toString(method.learningRate()))
                .stripTrailingZeros()
                .toPlainString();
        return (summary.isEmpty() ? "" : Character.toUpperCase(summary.charAt(0)) + summary.substring(1) + ". ")
                + "Changes " + method.modifies()
                + (method.trainsBySteps() ? ". Learning rate with `--recipe paper`: " + rate : "");
    }

    private static List<String> table(String method, Map<String, Options.Known> options) {
        List<String> table = new ArrayList<>(ReferencePage.head("option", "values", "default", "what"));
        options.forEach((name, option) -> {
            String what = WHAT.getOrDefault(method + "." + name, WHAT.get(name));
            assertThat(what).as("a line in WHAT for " + name + " of " + method).isNotNull();
            table.add(ReferencePage.row(
                    List.of("`" + name + "`", option.values(), "`" + option.byDefault() + "`", what)));
        });
        return table;
    }

    @Test
    void thePageHasEveryPreset() throws IOException {
        List<String> lines = new ArrayList<>();
        Preset.Group group = null;
        for (Preset preset : Methods.presets()) {
            if (preset.group() == Preset.Group.OTHER) {
                continue;
            }
            if (preset.group() != group) {
                group = preset.group();
                lines.addAll(List.of("", "### " + group.title(), ""));
                lines.addAll(ReferencePage.head("preset", "text", "what"));
            }
            lines.add(
                    ReferencePage.row(List.of("`" + preset.name() + "`", "`" + preset.text() + "`", preset.summary())));
        }
        PAGE.holds("presets", lines.subList(1, lines.size()));
    }
}
