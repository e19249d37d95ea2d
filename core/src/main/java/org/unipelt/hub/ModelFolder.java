package org.unipelt.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.backbone.Families;
import org.unipelt.backbone.Family;
import org.unipelt.backbone.ModelConfig;
import org.unipelt.backbone.Pooling;
import org.unipelt.files.StrictJson;
import org.unipelt.files.WholeFile;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.DType;
import org.unipelt.tensor.WeightFolder;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Tokenizer;

/** A model in Hugging Face's folder layout. */
final class ModelFolder {
    static final String CONFIG = "config.json";
    /** If it exists, it controls generation in transformers; older files keep its fields in {@value #CONFIG}. */
    static final String GENERATION = "generation_config.json";

    private static final String START = "decoder_start_token_id";

    private static final String WRAPPER = "module.";

    private ModelFolder() {}

    /**
     * Opens a folder.
     *
     * @param name the name or folder that the user gave
     * @param origin where it was published, if known
     */
    static PretrainedModel open(Path folder, String name, Optional<Origin> origin) {
        if (!WholeFile.isThere(folder.resolve(CONFIG))) {
            throw new InputException("no " + CONFIG + " in " + folder + "; a model folder needs it");
        }
        ObjectNode config = json(folder.resolve(CONFIG));
        Family family = Families.of(config, folder.toString());
        if (family.generates() && WholeFile.isThere(folder.resolve(GENERATION))) {
            takeGeneration(json(folder.resolve(GENERATION)), config);
        }
        // Before all else: other files of a model that cannot be computed need no mending.
        check(family, config, folder.toString());
        // Meanwhile, because the weights need it.
        Engine.prepare();
        // The tokenizer first: it loads quickly, and its files have mistakes more often.
        Tokenizer tokenizer = Tokenizer.load(folder);
        Weights weights = null;
        boolean done = false;
        try {
            weights = weights(folder, family);
            weights.requireFinite(WeightFolder.file(folder).toString());
            PretrainedModel pretrained = new PretrainedModel(
                    name,
                    family,
                    config,
                    weights,
                    tokenizer,
                    pooling(folder, family, new ModelConfig(config), weights),
                    origin,
                    () -> files(folder));
            done = true;
            return pretrained;
        } finally {
            if (!done) {
                tokenizer.close();
                if (weights != null) {
                    weights.close();
                }
            }
        }
    }

    /**
     * Checks that a family computes a model with this config.
     *
     * @param model its name, for the message
     */
    static void check(Family family, JsonNode config, String model) {
        try {
            family.check(new ModelConfig(config));
        } catch (InputException e) {
            throw new InputException(model + ": " + e.getMessage(), e);
        }
    }

    /** Takes a text's forced tokens, and its start token if {@value #CONFIG} has none. */
    private static void takeGeneration(JsonNode generation, ObjectNode config) {
        for (String field : List.of("forced_bos_token_id", "forced_eos_token_id")) {
            config.set(field, generation.hasNonNull(field) ? generation.get(field) : config.nullNode());
        }
        if (!config.hasNonNull(START) && generation.hasNonNull(START)) {
            config.set(START, generation.get(START));
        }
    }

    private static ModelFiles files(Path folder) {
        Map<String, byte[]> others = new LinkedHashMap<>();
        Stream.concat(Tokenizer.files().stream(), Stream.of(GENERATION))
                .filter(name -> WholeFile.isThere(folder.resolve(name)))
                .forEach(name -> others.put(name, WholeFile.bytes(folder.resolve(name), WholeFile.LIST)));
        return new ModelFiles(json(folder.resolve(CONFIG)), others);
    }

    private static Weights weights(Path folder, Family family) {
        try (Weights read = WeightFolder.read(folder)) {
            return Weights.of(rename(folder, unwrapped(read.asMap()), family));
        }
    }

    /** Takes away the prefix of a model that was saved inside PyTorch's wrapper for several GPUs. */
    private static Map<String, Tensor> unwrapped(Map<String, Tensor> tensors) {
        if (!tensors.keySet().stream().allMatch(name -> name.startsWith(WRAPPER))) {
            return tensors;
        }
        Map<String, Tensor> bare = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> bare.put(name.substring(WRAPPER.length()), tensor));
        return bare;
    }

    /** Returns the backbone's tensors under our names. */
    private static Map<String, Tensor> rename(Path folder, Map<String, Tensor> read, Family family) {
        FileNames names = FileNames.of(family, read.keySet());
        Map<String, Tensor> named = new LinkedHashMap<>();
        for (String name : read.keySet()) {
            if (!names.isOfTheBackbone(name)) {
                continue;
            }
            if (!DType.of(read.get(name)).isFloating()) {
                throw new InputException(WeightFolder.file(folder) + ": tensor '" + name + "' has the type "
                        + DType.of(read.get(name)) + ", but weights must be floating point; download it again");
            }
            if (named.put(names.ours(name), read.get(name)) != null) {
                throw new InputException(folder + " holds the tensor " + names.ours(name)
                        + " twice, under an old and a new name; download the weights again");
            }
        }
        unite(folder, named, family);
        return named;
    }

    /** Unites the word embeddings, which some files repeat under the names of their uses, or store only there. */
    private static void unite(Path folder, Map<String, Tensor> named, Family family) {
        for (String use : family.tiedToWords()) {
            Tensor table = named.remove(use);
            Tensor first = table == null ? null : named.putIfAbsent(family.words(), table);
            if (first != null && !first.equal(table)) {
                throw new InputException(folder + " holds two different word embeddings, " + family.words() + " and "
                        + use + "; only models with one are supported");
            }
        }
        family.output().ifPresent(output -> {
            Tensor table = named.get(output);
            Tensor words = table == null ? null : named.putIfAbsent(family.words(), table);
            if (table != null && (words == null || words.equal(table))) {
                named.remove(output);
            }
        });
    }

    /**
     * Finds the pooling: from the files of sentence-transformers, which describe encoders, else the family's usual one.
     * An error is thrown only when the pooling is asked for, because the user may choose another.
     */
    private static Supplier<Pooling> pooling(Path folder, Family family, ModelConfig config, Weights weights) {
        try {
            Pooling pooling = (family.generates() ? Optional.<Pooling>empty() : SentencePooling.read(folder))
                    .orElseGet(() -> family.pooling(config, weights));
            return () -> pooling;
        } catch (InputException e) {
            return () -> {
                throw new InputException(e.getMessage(), e);
            };
        }
    }

    private static ObjectNode json(Path file) {
        if (StrictJson.read(file, WholeFile.SETTINGS) instanceof ObjectNode object) {
            return object;
        }
        throw new InputException(file + " is not a JSON object; download it again");
    }
}
