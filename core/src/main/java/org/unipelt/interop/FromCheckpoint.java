package org.unipelt.interop;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Families;
import org.unipelt.backbone.Family;
import org.unipelt.backbone.OwnHead;
import org.unipelt.files.StrictJson;
import org.unipelt.files.WholeFile;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;
import org.unipelt.text.FolderKey;

/**
 * A classifier of transformers, all of its weights in one folder. Two readings give the same logits:
 *
 * <pre>
 *   base model        method    trained tensors
 *   the folder        head      the head's
 *   another one       full      the head's and every weight of the folder
 * </pre>
 *
 * <p>If another base model has the folder's weights, its method is {@code head}, too.
 */
final class FromCheckpoint {

    private final Path folder;
    private final TheirTensors tensors;
    private final BaseModel base;

    private FromCheckpoint(Path folder, TheirTensors tensors, BaseModel base) {
        this.folder = folder;
        this.tensors = tensors;
        this.base = base;
    }

    /** Returns whether a folder is laid out as one, a classifier or not. */
    static boolean isFolder(Path folder) {
        return Files.isRegularFile(folder.resolve(ToCheckpoint.CONFIG));
    }

    /**
     * Checks that it holds a classifier.
     *
     * @throws InputException if not
     */
    static void demand(Path folder) {
        Path file = folder.resolve(ToCheckpoint.CONFIG);
        JsonNode config = StrictJson.read(file, WholeFile.SETTINGS);
        Family family = Families.of(config, folder.toString());
        List<String> named = new ArrayList<>();
        config.path(ToCheckpoint.ARCHITECTURES).forEach(each -> named.add(each.asText()));
        if (named.stream().noneMatch(each -> each.endsWith(ToCheckpoint.CLASSIFIER))) {
            String what = Files.exists(folder.resolve(FolderKey.MODULE_TYPE.file()))
                    ? folder + " is a model of sentence-transformers, without a classification head"
                    : file + " names no classifier (architectures: "
                            + (named.isEmpty() ? "none" : String.join(", ", named)) + ")";
            throw new InputException(what + "; train one on it: unipelt train --model " + folder);
        }
        String needed = family.className() + ToCheckpoint.CLASSIFIER;
        if (!named.equals(List.of(needed))) {
            throw new InputException(file + ": architectures is " + String.join(", ", named) + ", but model_type "
                    + family.modelType() + " needs " + needed + "; save or download the folder again");
        }
        String problem = config.path(ToCheckpoint.PROBLEM).asText("");
        if (!List.of("", ToCheckpoint.REGRESSION, ToCheckpoint.CLASSES, ToCheckpoint.SEVERAL)
                .contains(problem)) {
            throw new InputException(file + ": problem_type = " + problem + " is not supported; known: "
                    + ToCheckpoint.CLASSES + ", " + ToCheckpoint.SEVERAL + ", " + ToCheckpoint.REGRESSION);
        }
    }

    /**
     * Reads a folder's content.
     *
     * @param tensors all of the folder's
     * @param base the folder itself, or another base model
     * @throws InputException if the folder is damaged, or does not fit the base model
     */
    static Imported read(Path folder, TheirTensors tensors, BaseModel base) {
        return new FromCheckpoint(folder, tensors, base).read();
    }

    /**
     * Returns whether sentence-transformers saved it as a cross-encoder whose score is the sigmoid of its only logit: what a
     * model that ranks gives here.
     */
    static boolean ranks(Path folder) {
        JsonNode config = StrictJson.read(folder.resolve(ToCheckpoint.CONFIG), WholeFile.SETTINGS);
        String activation = config.path(ToCheckpoint.CROSS_ENCODER)
                .path(ToCheckpoint.ACTIVATION)
                // Before its version 4.
                .asText(config.path("sbert_ce_default_activation_function").asText(""));
        return config.path(ToCheckpoint.LABELS).size() == 1 && activation.equals(ToCheckpoint.SIGMOID);
    }

    /** What a tensor is called without the prefix of a model that was saved inside PyTorch's wrapper for several GPUs. */
    static String renamed(String name) {
        return name.startsWith("module.") ? name.substring("module.".length()) : name;
    }

    /** Where the folder's tokenizer cuts texts, if it says so. */
    static Optional<Integer> longest(Path folder) {
        JsonNode longest =
                FolderKey.read(folder.resolve(FolderKey.TOKENIZER_CLASS.file())).path(TheirFolder.LONGEST);
        // Without a limit, transformers writes 10 to the power of 30.
        return longest.isInt() ? Optional.of(longest.intValue()) : Optional.empty();
    }

    private Imported read() {
        Path file = folder.resolve(ToCheckpoint.CONFIG);
        JsonNode config = StrictJson.read(file, WholeFile.SETTINGS);
        Family family = Families.of(config, folder.toString());
        if (family != base.family()) {
            throw refused("it is of type '" + family.modelType() + "', and " + base.name() + " of type '"
                    + base.family().modelType() + "'");
        }
        OwnHead own = TheirHead.own(base);
        if (!tensors.has(own.out() + ".weight")) {
            throw new InputException(tensors.file() + " has no classification head ('" + own.out()
                    + ".weight'), which config.json promises; save or download the folder again");
        }
        TheirHead head = TheirHead.take(own.form(), own.pooling(), own.dense(), own.out(), tensors, base);
        List<String> modules = Stream.concat(own.dense().stream(), Stream.of(own.out()))
                .map(module -> module.replaceFirst("\\..*", "."))
                .toList();
        tensors.drop(name -> modules.stream().noneMatch(name::startsWith));
        tensors.requireAllTaken();
        int outputs =
                (int) Objects.requireNonNull(head.tensors().get("head.bias")).size(0);
        List<String> classes = classes(file, config, outputs);
        Map<String, Tensor> all = new LinkedHashMap<>();
        Method method = Methods.parse(isBase() || addWeights(own, all) ? "head" : "full");
        all.putAll(head.tensors());
        return new Imported(
                method,
                all,
                head.form(),
                head.pooling(),
                outputs == 1 ? Optional.empty() : Optional.of(classes),
                config.path(ToCheckpoint.PROBLEM).asText("").equals(ToCheckpoint.SEVERAL));
    }

    private static List<String> classes(Path file, JsonNode config, int outputs) {
        boolean regression = config.path(ToCheckpoint.PROBLEM).asText("").equals(ToCheckpoint.REGRESSION);
        if (regression && outputs > 1) {
            throw new InputException(
                    file + ": problem_type = regression with " + outputs + " outputs is not supported, only with one");
        }
        JsonNode names = config.path(ToCheckpoint.LABELS);
        List<String> classes = new ArrayList<>();
        for (int i = 0; names.has(Integer.toString(i)); i++) {
            classes.add(names.path(Integer.toString(i)).asText());
        }
        if (classes.size() < names.size()) {
            throw new InputException(
                    file + ": id2label has no name for " + classes.size() + "; save or download the folder again");
        }
        for (int i = 0; names.isEmpty() && i < outputs; i++) {
            // As transformers calls what has no name.
            classes.add("LABEL_" + i);
        }
        return classes;
    }

    private boolean isBase() {
        Path named = Path.of(base.name());
        try {
            return Files.exists(named) && Files.isSameFile(named, folder);
        } catch (IOException e) {
            throw new InputException(folder + ": cannot be read: " + e.getMessage() + "; check its permissions", e);
        }
    }

    /** Adds the folder's weights as the trained ones of a base model; returns true if they are the base model's own. */
    private boolean addWeights(OwnHead own, Map<String, Tensor> all) {
        try (BaseModel theirs = BaseModel.open(folder.toString())) {
            Backbone backbone = base.backbone();
            base.reading().changedSince(theirs.reading(), base.name()).ifPresent(changed -> {
                throw refused(changed);
            });
            if (theirs.fingerprint().equals(base.fingerprint())) {
                return true;
            }
            // The same config, and so the same shapes.
            for (String name : backbone.weightShapes().keySet()) {
                boolean has = theirs.backbone().weights().has(name);
                if (!has && !own.without().contains(name)) {
                    throw refused("it has no tensor '" + name + "', which " + base.name() + " has");
                }
                // Shares the numbers, and stays open when the weights are closed.
                all.put(
                        "full." + name,
                        (has ? theirs.backbone() : backbone).weights().get(name).detach());
            }
            return false;
        }
    }

    private InputException refused(String why) {
        return new InputException(
                folder + " is not trained on " + base.name() + ": " + why + "; leave out --model, or name another");
    }
}
