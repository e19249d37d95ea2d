package org.unipelt.interop;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.data.LabelKind;
import org.unipelt.files.StrictJson;
import org.unipelt.files.WholeFile;
import org.unipelt.hub.BaseModel;
import org.unipelt.runtime.Lifetime;
import org.unipelt.task.Classification;
import org.unipelt.task.Inference;
import org.unipelt.task.MultiLabel;
import org.unipelt.task.Ranking;
import org.unipelt.task.Regression;
import org.unipelt.task.Task;
import org.unipelt.tensor.Precision;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.TorchFile;
import org.unipelt.tensor.WeightFolder;
import org.unipelt.tensor.Weights;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.TunedModel;

/** Reads the tuned models of other libraries. Any number of threads may call it. */
public final class Import {
    private static final String CONFIG = "adapter_config.json";
    private static final String PEFT = "peft";
    private static final String TRANSFORMERS = "transformers";
    private static final String HEAD_CONFIG = "head_config.json";
    /** Where texts are cut by a base model without a last position, as in transformers. */
    private static final int LONGEST = 512;

    /** What stands in place of classes for a model that ranks. */
    private static final List<String> RELEVANCE = List.of(LabelKind.RELEVANCE.text());

    private Import() {}

    /**
     * What a folder of another library does not say.
     *
     * @param labels the classes' names in the order of the head's outputs; empty to take those of the folder; {@code
     *     relevance} alone if the only output is the relevance of a text to a query
     * @param pairs whether it reads pairs of texts
     */
    public record Unsaid(Optional<List<String>> labels, boolean pairs) {
        /** The folder's labels, single texts. */
        public static final Unsaid NOTHING = new Unsaid(Optional.empty(), false);

        /** Checks that nothing is null. */
        public Unsaid {
            Objects.requireNonNull(labels, "labels is null");
            labels = labels.map(List::copyOf);
        }
    }

    /** Returns whether a folder looks like one of another library, by the names of its files. */
    public static boolean isForeign(Path folder) {
        Objects.requireNonNull(folder, "folder is null");
        return Files.isRegularFile(folder.resolve(CONFIG)) || FromCheckpoint.isFolder(folder);
    }

    /**
     * Returns the name of the library whose folder this is: {@code peft}, {@code AdapterHub}, or {@code transformers} for
     * a classifier with all of its weights.
     *
     * @throws InputException if it is of neither
     */
    public static String library(Path folder) {
        Objects.requireNonNull(folder, "folder is null");
        if (Files.isRegularFile(folder.resolve(CONFIG))) {
            JsonNode config = StrictJson.read(folder.resolve(CONFIG), WholeFile.SETTINGS);
            if (config.has(FromPeft.TYPE)) {
                return PEFT;
            }
            if (config.has(FromAdapterHub.CONFIG) && config.has(FromAdapterHub.MODEL_TYPE)) {
                return "AdapterHub";
            }
        } else if (FromCheckpoint.isFolder(folder)) {
            FromCheckpoint.demand(folder);
            return TRANSFORMERS;
        }
        throw new InputException(folder + " is no adapter of peft or AdapterHub: both have an " + CONFIG
                + ", with peft_type or with config and model_type; a classifier of transformers has a config.json");
    }

    /**
     * Returns the base model that a folder names; empty if it names none. A classifier of transformers is its own.
     *
     * @throws InputException if the folder is of no known library
     */
    public static Optional<String> base(Path folder) {
        String library = library(folder);
        if (library.equals(TRANSFORMERS)) {
            return Optional.of(folder.toString());
        }
        String key = library.equals(PEFT) ? "base_model_name_or_path" : "model_name";
        JsonNode name =
                StrictJson.read(folder.resolve(CONFIG), WholeFile.SETTINGS).path(key);
        return Optional.ofNullable(name.textValue()).filter(text -> !text.isEmpty());
    }

    /**
     * Reads a folder of another library. The model gives the same logits as there.
     *
     * @param base the base model that it was trained on; the caller keeps it open
     * @throws InputException if the folder is of no known library, is damaged, belongs to another base model, or holds
     *     what this library does not have
     */
    public static TunedModel read(Path folder, BaseModel base, Unsaid unsaid) {
        Objects.requireNonNull(folder, "folder is null");
        Objects.requireNonNull(base, "base is null");
        Objects.requireNonNull(unsaid, "unsaid is null");
        String library = library(folder);
        try (Lifetime.Use use = base.use();
                PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            if (library.equals(TRANSFORMERS)) {
                return checkpoint(folder, base, unsaid);
            }
            TheirConfig config = config(folder.resolve(CONFIG));
            return library.equals(PEFT)
                    ? reading(
                            file(folder, "adapter_model.safetensors", "adapter_model.bin"),
                            name -> FromPeft.renamed(name, new Modules(base)),
                            tensors -> model(FromPeft.read(config, tensors, base), base, unsaid))
                    : adapterHub(folder, config, base, unsaid);
        }
    }

    private static TunedModel checkpoint(Path folder, BaseModel base, Unsaid unsaid) {
        Path file = WeightFolder.file(folder);
        try (Weights tensors = Precision.F32.kept(WeightFolder.read(folder))) {
            tensors.requireFinite(file.toString());
            int longest = FromCheckpoint.longest(folder)
                    .map(length -> Math.min(length, longest(base)))
                    .orElse(longest(base));
            if (unsaid.labels().isEmpty() && FromCheckpoint.ranks(folder)) {
                return model(
                        FromCheckpoint.read(folder, new TheirTensors(file, tensors, FromCheckpoint::renamed), base),
                        longest,
                        base,
                        new Unsaid(Optional.of(RELEVANCE), true));
            }
            Imported read = FromCheckpoint.read(folder, new TheirTensors(file, tensors, FromCheckpoint::renamed), base);
            return model(read, longest, base, unsaid);
        }
    }

    private static TunedModel adapterHub(Path folder, TheirConfig config, BaseModel base, Unsaid unsaid) {
        Modules modules = new Modules(base);
        Path adapter = file(folder, "adapter.safetensors", "pytorch_adapter.bin");
        boolean hasHead = Files.exists(folder.resolve(HEAD_CONFIG));
        return reading(adapter, modules::bare, tensors -> {
            if (!hasHead) {
                return model(
                        FromAdapterHub.read(config, tensors, Optional.empty(), Optional.empty(), base), base, unsaid);
            }
            TheirConfig head = config(folder.resolve(HEAD_CONFIG));
            return reading(
                    file(folder, "model_head.safetensors", "pytorch_model_head.bin"),
                    modules::bare,
                    headTensors -> model(
                            FromAdapterHub.read(config, tensors, Optional.of(head), Optional.of(headTensors), base),
                            base,
                            unsaid));
        });
    }

    private static TheirConfig config(Path file) {
        return new TheirConfig(file.toString(), StrictJson.read(file, WholeFile.SETTINGS));
    }

    /** The first of these files that is there. */
    private static Path file(Path folder, String... names) {
        return Stream.of(names)
                .map(folder::resolve)
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> new InputException(
                        folder + " has no " + String.join(" and no ", names) + "; save or download it again"));
    }

    /** Reads a file's tensors, which stay open while a model is made of them. */
    private static TunedModel reading(
            Path file, UnaryOperator<String> rename, Function<TheirTensors, TunedModel> model) {
        try (Weights tensors =
                Precision.F32.kept(file.toString().endsWith(".bin") ? TorchFile.read(file) : Safetensors.read(file))) {
            tensors.requireFinite(file.toString());
            return model.apply(new TheirTensors(file, tensors, rename));
        }
    }

    private static int longest(BaseModel base) {
        int positions = base.backbone().positions();
        return positions == Integer.MAX_VALUE ? LONGEST : positions;
    }

    private static TunedModel model(Imported read, BaseModel base, Unsaid unsaid) {
        return model(read, longest(base), base, unsaid);
    }

    private static TunedModel model(Imported read, int longest, BaseModel base, Unsaid unsaid) {
        int outputs =
                (int) Objects.requireNonNull(read.tensors().get("head.bias")).size(0);
        Task task = task(outputs, read, unsaid);
        Inference inference = new Inference(
                longest,
                OptionalInt.empty(),
                Optional.of(read.pooling()),
                Optional.of(read.head()),
                unsaid.pairs() || task instanceof Ranking);
        AdapterCard card = new AdapterCard(
                read.method(),
                task,
                inference,
                new AdapterCard.Base(base.name(), base.fingerprint(), Optional.of(base.reading())),
                Optional.empty(),
                "");
        Map<String, Tensor> copies = new LinkedHashMap<>();
        read.tensors()
                .forEach((name, tensor) -> copies.put(name, tensor.contiguous().clone()));
        try (Weights own = Weights.of(copies)) {
            return TunedModel.of(base, read.method(), base.compute().move(own), card);
        }
    }

    private static Task task(int outputs, Imported read, Unsaid unsaid) {
        if (outputs == 1 && !read.several() && unsaid.labels().equals(Optional.of(RELEVANCE))) {
            return new Ranking(1);
        }
        if (outputs == 1 && !read.several()) {
            return new Regression();
        }
        List<String> classes = classes(outputs, read, unsaid);
        return read.several() ? MultiLabel.usual(classes) : new Classification(classes);
    }

    private static List<String> classes(int outputs, Imported read, Unsaid unsaid) {
        List<String> classes = unsaid.labels()
                .or(read::classes)
                .orElseThrow(() -> new InputException("the folder does not name its " + outputs
                        + " classes; name them with --labels, in the order of the head's outputs"));
        if (classes.size() != outputs) {
            throw new InputException("the head has " + outputs + " outputs, but there are " + classes.size()
                    + " labels; name one for each with --labels");
        }
        return classes;
    }
}
