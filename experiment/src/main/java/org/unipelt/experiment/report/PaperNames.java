package org.unipelt.experiment.report;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.unipelt.data.GlueTask;

/** Names and order of tasks, methods and metrics in the UniPELT paper; others come last. */
final class PaperNames {
    private static final List<String> TASKS = List.of("sst2", "mrpc", "cola", "rte", "qnli", "stsb", "mnli", "qqp");
    private static final List<String> METHODS =
            List.of("full", "probe", "head", "bitfit", "adapter", "houlsby", "prefix", "prompt", "lora");
    private static final Map<String, String> TITLES = Map.ofEntries(
            Map.entry("full", "Fine-tuning"),
            Map.entry("probe", "Linear probe"),
            Map.entry("head", "Head only"),
            Map.entry("bitfit", "BitFit"),
            Map.entry("adapter", "Adapter"),
            Map.entry("houlsby", "Houlsby adapter"),
            Map.entry("prefix", "Prefix-tuning"),
            Map.entry("prompt", "Prompt tuning"),
            Map.entry("lora", "LoRA"),
            Map.entry("ia3", "(IA)³"),
            Map.entry("mam", "MAM adapter"),
            Map.entry("compacter", "Compacter"));
    private static final String COMBINATION = "unipelt-";

    private PaperNames() {}

    static int taskPlace(String task) {
        return TASKS.contains(task) ? TASKS.indexOf(task) : TASKS.size();
    }

    static boolean isTask(String name) {
        return TASKS.contains(name);
    }

    /** The name of a task: {@code CoLA} for {@code cola}. */
    static String task(String name) {
        return Arrays.stream(GlueTask.values())
                .filter(task -> task.text().equals(name))
                .map(GlueTask::title)
                .findFirst()
                .orElse(name);
    }

    /** The paper's order; then other single methods by name, then combinations by number of letters. */
    static Comparator<String> methodOrder() {
        return Comparator.comparing((String name) -> name.startsWith(COMBINATION))
                .thenComparing(name -> METHODS.contains(name) ? METHODS.indexOf(name) : METHODS.size())
                .thenComparing(
                        name -> name.startsWith(COMBINATION) ? letters(name).length() : 0)
                .thenComparing(Comparator.naturalOrder());
    }

    /** The name of a method: {@code UniPELT (APL)} for {@code unipelt-apl}. */
    static String method(String name) {
        if (!name.startsWith(COMBINATION)) {
            return TITLES.getOrDefault(name, name);
        }
        String letters = letters(name);
        String shown = letters.length() <= 4 ? letters.toUpperCase(Locale.ROOT) : letters;
        return "UniPELT (" + shown + ")"
                + name.substring(COMBINATION.length() + letters.length()).replace("-nogate", ", no gates");
    }

    /** {@code bitfit and LoRA}, {@code a, b and c}. */
    static String listed(List<String> words) {
        return words.size() < 2
                ? String.join("", words)
                : words.stream().limit(words.size() - 1L).collect(Collectors.joining(", ")) + " and "
                        + words.get(words.size() - 1);
    }

    private static String letters(String combination) {
        String rest = combination.substring(COMBINATION.length());
        int end = rest.indexOf('-');
        return end < 0 ? rest : rest.substring(0, end);
    }
}
