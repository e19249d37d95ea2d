package org.unipelt.interop;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.unipelt.backbone.Head;
import org.unipelt.data.GlueTask;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Labels;
import org.unipelt.format.JsonFiles;
import org.unipelt.hub.BaseModel;
import org.unipelt.hub.Origin;
import org.unipelt.metric.Metric;
import org.unipelt.task.MultiLabel;
import org.unipelt.task.ParameterCounts;
import org.unipelt.task.Ranking;
import org.unipelt.task.Seq2Seq;
import org.unipelt.training.TrainingConfig;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.TunedModel;

/**
 * What is known of a tuned model, as the hub's {@code README.md} has it: YAML for programs, then Markdown for people. It
 * names no folder of this machine.
 *
 * @param card the model without its tensors
 * @param origin where its base model was published, if known
 * @param counts its trained parameters
 * @param peer the library that reads the folder that it lies in; empty for this library's own
 */
public record ModelCard(AdapterCard card, Optional<Origin> origin, ParameterCounts counts, Optional<Peer> peer) {
    /**
     * Another library.
     *
     * @param format the form of the folder
     * @param language the language that it is used from, e.g. {@code Python}
     * @param code how to use it there, line by line
     * @param remarks what its readers must know, a sentence each
     */
    public record Peer(Export.Format format, String language, List<String> code, List<String> remarks) {
        /** Copies the lists. */
        public Peer {
            Objects.requireNonNull(format, "format is null");
            Objects.requireNonNull(language, "language is null");
            code = List.copyOf(code);
            remarks = List.copyOf(remarks);
        }
    }

    /** The file that the hub shows. */
    public static final String FILE = "README.md";

    private static final String GLUE = "nyu-mll/glue";

    /** What JSON leaves as it is and YAML does not allow in quotes. */
    private static final Pattern HIDDEN = Pattern.compile("[\\x{7f}-\\x{9f}\\x{2028}\\x{2029}\\x{feff}]");

    /** Checks that nothing is null. */
    public ModelCard {
        Objects.requireNonNull(card, "card is null");
        Objects.requireNonNull(origin, "origin is null");
        Objects.requireNonNull(counts, "counts is null");
        Objects.requireNonNull(peer, "peer is null");
    }

    /** Returns the card of a model in this library's own folder. */
    public static ModelCard of(TunedModel model) {
        Objects.requireNonNull(model, "model is null");
        AtomicReference<ModelCard> read = new AtomicReference<>();
        model.read((base, tensors) -> read.set(of(model.card(), base, Optional.empty())));
        return Objects.requireNonNull(read.get());
    }

    static ModelCard of(AdapterCard card, BaseModel base, Optional<Peer> peer) {
        Head head = card.inference().head().orElse(Head.LINEAR);
        return new ModelCard(
                card,
                base.origin(),
                ParameterCounts.of(
                        base.backbone(), card.method(), head, card.labels().outputs()),
                peer);
    }

    /** Returns the whole text. */
    public String text() {
        StringBuilder text = new StringBuilder("---\n");
        frontMatter().forEach(line -> text.append(line).append('\n'));
        text.append("---\n\n");
        body().forEach(line -> text.append(line).append('\n'));
        return text.toString();
    }

    private String title() {
        String base = base();
        return base.substring(base.lastIndexOf('/') + 1) + " tuned with "
                + card.method().name();
    }

    /** The base model's name on the hub, or the last name of its folder. */
    private String base() {
        return origin.map(Origin::repository)
                .orElseGet(() -> fileName(Path.of(card.base().name())));
    }

    private static String fileName(Path path) {
        return String.valueOf(path.toAbsolutePath().normalize().getFileName());
    }

    private List<String> frontMatter() {
        List<String> lines = new ArrayList<>();
        origin.ifPresent(known -> lines.add("base_model: " + quoted(known.repository())));
        origin.filter(known -> adds()).ifPresent(known -> lines.add("base_model_relation: adapter"));
        lines.add("library_name: " + library());
        lines.add("pipeline_tag: " + pipeline());
        origin.flatMap(Origin::licence).ifPresent(licence -> lines.add("license: " + licence.toLowerCase(Locale.ROOT)));
        lines.add("tags:");
        lines.add("- unipelt");
        if (!card.method().name().equals("unipelt")) {
            lines.add("- " + quoted(card.method().name()));
        }
        glue().ifPresent(task -> {
            lines.add("datasets:");
            lines.add("- " + GLUE);
        });
        Map<String, Map<String, Double>> scores = scores();
        if (scores.isEmpty()) {
            return lines;
        }
        Set<String> metrics = new LinkedHashSet<>();
        scores.values().forEach(part -> part.keySet().forEach(name -> metrics.add(hubs(name))));
        lines.add("metrics:");
        metrics.forEach(name -> lines.add("- " + name));
        lines.add("model-index:");
        lines.add("- name: " + quoted(title()));
        lines.add("  results:");
        scores.forEach((part, values) -> {
            lines.add("  - task:");
            lines.add("      type: " + pipeline());
            lines.add("    dataset:");
            lines.add("      name: " + quoted(data()));
            lines.add("      type: " + quoted(glue().map(task -> GLUE).orElse(data())));
            glue().ifPresent(task -> lines.add("      config: " + quoted(task.text())));
            lines.add("      split: " + part);
            lines.add("    metrics:");
            values.forEach((name, value) -> {
                lines.add("    - type: " + hubs(name));
                lines.add("      name: " + name);
                lines.add("      value: " + value);
            });
        });
        return lines;
    }

    /** Whether the folder needs the base model beside it. */
    private boolean adds() {
        return peer.filter(each -> each.format() == Export.Format.MERGED || each.format() == Export.Format.ONNX)
                .isEmpty();
    }

    private String library() {
        return peer.map(each -> switch (each.format()) {
                    case PEFT -> "peft";
                    case ADAPTERHUB -> "adapters";
                    case MERGED -> "transformers";
                    case ONNX -> "onnx";
                })
                .orElse("unipelt");
    }

    private String pipeline() {
        return card.labels() instanceof Labels.Texts texts
                ? texts.kind() == LabelKind.TRANSLATION ? "translation" : "summarization"
                : card.labels() instanceof Labels.Relevance
                        ? "text-ranking"
                        : card.labels() instanceof Labels.Tokens ? "token-classification" : "text-classification";
    }

    /** What the hub calls a metric. */
    private static String hubs(String name) {
        return switch (Metric.named(name)) {
            case ACCURACY -> "accuracy";
            case F1, MACRO_F1, MICRO_F1, SAMPLES_F1, ENTITY_F1, ENTITY_MACRO_F1 -> "f1";
            case ENTITY_PRECISION -> "precision";
            case ENTITY_RECALL -> "recall";
            case AVERAGE_PRECISION -> "average_precision";
            case EXACT_MATCH -> "exact_match";
            case MATTHEWS -> "matthews_correlation";
            case PEARSON -> "pearsonr";
            case SPEARMAN -> "spearmanr";
            case MRR -> "mrr";
            case NDCG_10 -> "ndcg";
            case MAP -> "map";
            case ROUGE_1, ROUGE_2, ROUGE_L, ROUGE_LSUM -> "rouge";
            case BLEU -> "bleu";
        };
    }

    /** The scores that are numbers, by part of the data. */
    private Map<String, Map<String, Double>> scores() {
        Map<String, Map<String, Double>> all = new LinkedHashMap<>();
        card.metrics().forEach((part, values) -> {
            Map<String, Double> finite = new LinkedHashMap<>(values);
            finite.values().removeIf(value -> !Double.isFinite(value));
            if (!finite.isEmpty()) {
                all.put(part, finite);
            }
        });
        return all;
    }

    private Optional<GlueTask> glue() {
        return card.source().flatMap(DataSpec::task).map(GlueTask::named);
    }

    private String data() {
        return glue().map(task -> "GLUE " + task.title())
                .orElseGet(
                        () -> card.source().map(spec -> fileName(spec.train())).orElse("unnamed"));
    }

    private List<String> body() {
        List<String> lines = new ArrayList<>();
        lines.add("# " + plain(title()));
        lines.add("");
        lines.add("This model " + does() + ". It is "
                + origin.map(known -> "[" + known.repository() + "](https://huggingface.co/" + known.repository() + ")")
                        .orElse("a base model from a folder named " + code(base()))
                + " tuned with " + code(card.method().toString()) + " by UniPELT for Java.");
        List<String> names = card.labels().names();
        if (card.task() instanceof MultiLabel several) {
            lines.addAll(List.of("", "## Labels", "", "| index | label | threshold |", "| --- | --- | --- |"));
            for (int i = 0; i < names.size(); i++) {
                lines.add("| " + i + " | " + plain(names.get(i)) + " | "
                        + several.thresholds().get(i) + " |");
            }
        } else if (!names.isEmpty()) {
            lines.addAll(List.of("", "## Labels", "", "| index | label |", "| --- | --- |"));
            for (int i = 0; i < names.size(); i++) {
                lines.add("| " + i + " | " + plain(names.get(i)) + " |");
            }
        }
        lines.addAll(List.of("", "## How to use it", ""));
        lines.addAll(use());
        card.provenance().ifPresent(how -> lines.addAll(training(how)));
        Map<String, Map<String, Double>> scores = scores();
        if (!scores.isEmpty()) {
            lines.addAll(List.of("", "## Scores", "", "| data | metric | value |", "| --- | --- | --- |"));
            scores.forEach((part, values) -> values.forEach((name, value) ->
                    lines.add("| " + part + " | " + name + " | " + String.format(Locale.ROOT, "%.4f", value) + " |")));
        }
        lines.addAll(List.of("", "## Details", "", "| | |", "| --- | --- |"));
        details().forEach((name, value) -> lines.add("| " + name + " | " + value + " |"));
        return lines;
    }

    private String does() {
        String reads = card.pairs() ? "a pair of texts" : "a text";
        if (card.labels() instanceof Labels.Classes classes) {
            return "gives " + reads + " one of " + classes.names().size() + " labels";
        }
        if (card.labels() instanceof Labels.Texts texts) {
            return (texts.kind() == LabelKind.TRANSLATION ? "translates " : "summarizes ") + reads;
        }
        if (card.labels() instanceof Labels.Multi several) {
            return "gives " + reads + " any of " + several.names().size()
                    + " labels: those whose probability, a sigmoid of the logit, passes their threshold";
        }
        if (card.labels() instanceof Labels.Relevance) {
            return "orders texts by their relevance to a query: it reads the query and a text, and the sigmoid of its logit"
                    + " is the relevance, from 0 to 1";
        }
        if (card.labels() instanceof Labels.Tokens tokens) {
            return "finds names of " + tokens.names().size() + " kinds in a text";
        }
        return "gives " + reads + " a score";
    }

    private List<String> use() {
        List<String> lines = new ArrayList<>();
        peer.ifPresent(there -> {
            lines.addAll(List.of(
                    "In " + there.language() + ":", "", "```" + there.language().toLowerCase(Locale.ROOT)));
            lines.addAll(there.code());
            lines.addAll(List.of("```", ""));
            there.remarks().forEach(remark -> lines.addAll(List.of(remark, "")));
        });
        if (peer.isPresent() && !readHere(peer.get())) {
            lines.remove(lines.size() - 1);
            return lines;
        }
        String texts = card.pairs() ? "\"a text\", \"another\"" : "\"a text\"";
        // An embedded model lacks the pooler of the published one, so that each is another base model.
        String base = origin.isPresent() ? card.base().name() : "BASE_MODEL";
        boolean own = peer.isEmpty();
        String given = (card.pairs() ? " --pairs" : "") + (adds() ? " --model " + base : "");
        lines.addAll(List.of("On the command line:", "", "```"));
        if (!own) {
            lines.add("unipelt import FOLDER" + given + (saysRanking() ? "" : " --labels relevance") + " --out DIR");
        }
        String arguments =
                card.task() instanceof Ranking ? "--query \"a query\" \"a text\" \"another\"" : texts.replace(",", "");
        lines.add("unipelt predict " + (own ? "FOLDER" : "DIR") + " " + arguments);
        lines.addAll(List.of("```", "", "In Java:", "", "```java"));
        lines.add("try (BaseModel base = BaseModel.open(\"" + (adds() ? base : "FOLDER") + "\");");
        lines.add("        TunedModel model = "
                + (own
                        ? "TunedModel.load(Path.of(\"FOLDER\"), base)"
                        : "Import.read(Path.of(\"FOLDER\"), base, "
                                + (card.pairs()
                                        ? "new Import.Unsaid("
                                                + (saysRanking()
                                                        ? "Optional.empty()"
                                                        : "Optional.of(List.of(\"relevance\"))")
                                                + ", true)"
                                        : "Import.Unsaid.NOTHING")
                                + ")")
                + ") {");
        lines.add("    System.out.println(model."
                + (card.task() instanceof Ranking
                        ? "rank(\"a query\", List.of(\"a text\", \"another\"))"
                        : "predict(" + texts + ")")
                + ");");
        lines.addAll(List.of("}", "```"));
        return lines;
    }

    /** Whether the folder says that the model ranks, or it does not. */
    private boolean saysRanking() {
        return !(card.task() instanceof Ranking)
                || peer.filter(each -> each.format() == Export.Format.MERGED).isPresent();
    }

    /** Whether {@link Import} reads the folder. */
    private boolean readHere(Peer there) {
        return there.format() != Export.Format.ONNX && !(card.task() instanceof Seq2Seq);
    }

    private List<String> training(AdapterCard.Provenance how) {
        List<String> lines = new ArrayList<>(List.of("", "## Training", ""));
        // Not the description of the split: it holds names of folders.
        lines.add("Data: " + plain(data()) + ".");
        lines.add("");
        how.data().parts().forEach((part, rows) -> lines.add("- " + part + ": " + rows.examples() + " rows"));
        ObjectNode usual = JsonFiles.tree(
                TrainingConfig.builder(card.method(), how.training().metric()).build());
        List<String> changed = new ArrayList<>();
        JsonFiles.tree(how.training()).properties().forEach(setting -> {
            if (!setting.getValue().equals(usual.get(setting.getKey()))) {
                String name = setting.getKey().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
                String value = setting.getValue().isTextual()
                        ? setting.getValue().textValue()
                        : setting.getValue().toString();
                changed.add("| " + name + " | " + plain(value) + " |");
            }
        });
        lines.add("");
        if (changed.isEmpty()) {
            lines.add("Every setting is that of the UniPELT paper.");
        } else {
            lines.add("Settings that differ from the UniPELT paper's:");
            lines.addAll(List.of("", "| setting | value |", "| --- | --- |"));
            lines.addAll(changed);
        }
        return lines;
    }

    private Map<String, String> details() {
        Map<String, String> rows = new LinkedHashMap<>();
        rows.put("method", code(card.method().toString()));
        rows.put(
                "trained parameters",
                String.format(
                        Locale.ROOT, "%,d, the head's included (%.2f %%)", counts.exact(), counts.exactPercent()));
        rows.put("base model", code(base()));
        origin.flatMap(Origin::commit).ifPresent(commit -> rows.put("its commit", code(commit)));
        rows.put("its weights' fingerprint", code(card.base().fingerprint()));
        rows.put("tokens of a text", "at most " + card.inference().maxLength());
        card.inference().pooling().ifPresent(pooling -> rows.put("pooling", pooling.text()));
        card.provenance()
                .filter(how -> !how.together().tasks().isEmpty())
                .ifPresent(how -> rows.put(
                        "trained together with",
                        plain(String.join(", ", how.together().tasks()))));
        card.provenance().ifPresent(how -> how.versions().forEach((name, value) -> rows.put(name, plain(value))));
        return rows;
    }

    /** A text in YAML's double quotes, which JSON's are, too. */
    private static String quoted(String text) {
        return HIDDEN.matcher(TextNode.valueOf(text).toString())
                .replaceAll(
                        found -> String.format("\\\\u%04x", (int) found.group().charAt(0)));
    }

    /** A text that Markdown shows as it is, on one line, also in a table. */
    private static String plain(String text) {
        return text.replaceAll("[\\p{Cntrl}\\x{80}-\\x{9f}\\x{2028}\\x{2029}]+", " ")
                .replaceAll("([\\\\`*_\\[\\]<>|#])", "\\\\$1");
    }

    private static String code(String text) {
        return "`" + text.replaceAll("[`|\\p{Cntrl}]", " ") + "`";
    }
}
