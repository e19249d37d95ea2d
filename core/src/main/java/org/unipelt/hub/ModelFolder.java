package org.unipelt.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.backbone.Families;
import org.unipelt.backbone.Family;
import org.unipelt.backbone.Pooling;
import org.unipelt.files.StrictJson;
import org.unipelt.files.WholeFile;
import org.unipelt.tensor.DType;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Tokenizer;

/** A model in Hugging Face's folder layout. */
final class ModelFolder {
    private static final String CONFIG = "config.json";
    /** Where it is, transformers writes by it; today's files keep there what older ones have in {@value #CONFIG}. */
    private static final String GENERATION = "generation_config.json";

    private static final String START = "decoder_start_token_id";

    private ModelFolder() {}

    static PretrainedModel open(Path folder) {
        if (!Files.exists(folder.resolve(CONFIG))) {
            throw new InputException("no " + CONFIG + " in " + folder + "; a model folder needs it");
        }
        ObjectNode config = json(folder.resolve(CONFIG));
        Family family = Families.of(config, folder.toString());
        if (family.generates() && Files.exists(folder.resolve(GENERATION))) {
            takeGeneration(json(folder.resolve(GENERATION)), config);
        }
        // The tokenizer first: it is quick, and its mistakes are the more frequent ones.
        Tokenizer tokenizer = Tokenizer.load(folder);
        Weights weights = null;
        boolean done = false;
        try {
            weights = weights(folder, family);
            weights.requireFinite(Safetensors.file(folder).toString());
            PretrainedModel pretrained = new PretrainedModel(
                    folder.toString(),
                    family,
                    config,
                    weights,
                    tokenizer,
                    pooling(folder, family.pooling(weights)),
                    Optional.empty());
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

    /** A text's forced tokens, and what it starts with where {@value #CONFIG} does not say. */
    private static void takeGeneration(JsonNode generation, ObjectNode config) {
        for (String field : List.of("forced_bos_token_id", "forced_eos_token_id")) {
            config.set(field, generation.hasNonNull(field) ? generation.get(field) : config.nullNode());
        }
        if (!config.hasNonNull(START) && generation.hasNonNull(START)) {
            config.set(START, generation.get(START));
        }
    }

    private static Weights weights(Path folder, Family family) {
        try (Weights read = Safetensors.readFolder(folder)) {
            return Weights.of(rename(folder, read, family));
        }
    }

    /** The tensors of the backbone under our names. */
    private static Map<String, Tensor> rename(Path folder, Weights read, Family family) {
        FileNames names = FileNames.of(family, read.names());
        Map<String, Tensor> named = new LinkedHashMap<>();
        for (String name : read.names()) {
            if (!names.isOfTheBackbone(name)) {
                continue;
            }
            if (!DType.of(read.get(name)).isFloating()) {
                throw new InputException(Safetensors.file(folder) + ": tensor '" + name + "' has the type "
                        + DType.of(read.get(name)) + ", but weights are real numbers; fetch it again");
            }
            if (named.put(names.ours(name), read.get(name)) != null) {
                throw new InputException(folder + " holds the tensor " + names.ours(name)
                        + " twice, under an old and a new name; fetch the weights again");
            }
        }
        unite(folder, named, family);
        return named;
    }

    /** One table of words, which some files hold under the names of its uses, too or instead. */
    private static void unite(Path folder, Map<String, Tensor> named, Family family) {
        for (String use : family.tiedToWords()) {
            Tensor table = named.remove(use);
            Tensor first = table == null ? null : named.putIfAbsent(family.words(), table);
            if (first != null && !first.equal(table)) {
                throw new InputException(folder + " holds two different tables of words, " + family.words() + " and "
                        + use + "; only models with one are supported");
            }
        }
    }

    /**
     * How one vector of a text is made: as the files of sentence-transformers say, which are about encoders' states,
     * else as usual in the family. A refusal is kept until someone asks: whoever says how to pool need not be stopped
     * by it.
     */
    private static Supplier<Pooling> pooling(Path folder, Pooling usual) {
        if (usual == Pooling.END) {
            return () -> usual;
        }
        try {
            Pooling pooling = SentencePooling.read(folder).orElse(usual);
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
        throw new InputException(file + " is not a JSON object; fetch it again");
    }
}
