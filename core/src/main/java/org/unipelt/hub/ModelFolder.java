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
    /** What begins the names of the tensors of heads for other tasks. */
    private static final List<String> HEADS = List.of("cls.", "classifier.", "lm_head.", "classification_head.");

    /**
     * What older files keep and nobody needs: the position ids, which are 0, 1, 2 and so on, the types, which are 0, and
     * the version of BART's first program.
     */
    private static final List<String> LEFTOVERS = List.of(".position_ids", ".token_type_ids", "coder.version");

    /** Belongs to BART's output, which is no head but its table of words again. */
    private static final String LOGITS_BIAS = "final_logits_bias";

    private static final String WORD_TABLE = "shared.weight";
    /** Under these names BART's files hold that table too, or instead; the last is the output's. */
    private static final List<String> WORD_TABLE_USES =
            List.of("encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight");

    /** Architectures with a decoder. */
    private static final List<String> WRITERS = List.of("bart", "mbart");

    private ModelFolder() {}

    static Checkpoint open(Path folder) {
        if (!Files.exists(folder.resolve(CONFIG))) {
            throw new InputException("no " + CONFIG + " in " + folder + "; a model folder needs it");
        }
        ObjectNode config = json(folder.resolve(CONFIG));
        if (WRITERS.contains(architecture(config)) && Files.exists(folder.resolve(GENERATION))) {
            takeGeneration(json(folder.resolve(GENERATION)), config);
        }
        // The tokenizer first: it is quick, and its mistakes are the more frequent ones.
        Tokenizer tokenizer = Tokenizer.load(folder);
        Weights weights = null;
        boolean done = false;
        try {
            weights = weights(folder, config);
            weights.requireFinite(Safetensors.file(folder).toString());
            Checkpoint checkpoint = new Checkpoint(
                    folder.toString(), config, weights, tokenizer, pooling(folder, weights), Optional.empty());
            done = true;
            return checkpoint;
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

    private static String architecture(JsonNode config) {
        return config.path("model_type").asText("bert");
    }

    private static Weights weights(Path folder, JsonNode config) {
        String architecture = architecture(config);
        try (Weights read = Safetensors.readFolder(folder);
                Weights named = Weights.of(rename(folder, read, architecture))) {
            return named.toFloat32();
        }
    }

    /** What files with a head put before the names of the backbone's tensors. */
    private static String prefix(String architecture) {
        return WRITERS.contains(architecture) ? "model." : architecture + ".";
    }

    /** The tensors of the backbone under today's names without the prefix that files with a head put before them. */
    private static Map<String, Tensor> rename(Path folder, Weights read, String architecture) {
        String prefix = prefix(architecture);
        boolean prefixed = read.names().stream().anyMatch(name -> name.startsWith(prefix));
        Map<String, Tensor> named = new LinkedHashMap<>();
        for (String name : read.names()) {
            if (isLeftOut(name, architecture, prefixed)) {
                continue;
            }
            if (!DType.of(read.get(name)).isFloating()) {
                throw new InputException(Safetensors.file(folder) + ": tensor '" + name + "' has the type "
                        + DType.of(read.get(name)) + ", but weights are real numbers; fetch it again");
            }
            String bare = modern(prefixed && name.startsWith(prefix) ? name.substring(prefix.length()) : name);
            String modern = architecture.equals("distilbert") ? DistilBertNames.toBert(bare) : bare;
            if (named.put(modern, read.get(name)) != null) {
                throw new InputException(folder + " holds the tensor " + modern
                        + " twice, under an old and a new name; fetch the weights again");
            }
        }
        unite(folder, named);
        return named;
    }

    /**
     * Whether a tensor is no part of the backbone.
     *
     * @param prefixed whether the backbone's tensors bear the architecture's prefix
     */
    private static boolean isLeftOut(String name, String architecture, boolean prefixed) {
        boolean words = WRITERS.contains(architecture) && (name.equals(LOGITS_BIAS) || WORD_TABLE_USES.contains(name));
        boolean head = prefixed
                ? !name.startsWith(prefix(architecture))
                : HEADS.stream().anyMatch(name::startsWith);
        return head && !words || LEFTOVERS.stream().anyMatch(name::endsWith);
    }

    /** BART's one table of words, which some files hold under the names of its uses, too or instead. */
    private static void unite(Path folder, Map<String, Tensor> named) {
        for (String use : WORD_TABLE_USES) {
            Tensor table = named.remove(use);
            Tensor first = table == null ? null : named.putIfAbsent(WORD_TABLE, table);
            if (first != null && !first.equal(table)) {
                throw new InputException(folder + " holds two different tables of words, " + WORD_TABLE + " and " + use
                        + "; only models with one are supported");
            }
        }
    }

    /** BERT's first files, made with TensorFlow, call a layer norm's weight and bias gamma and beta. */
    private static String modern(String name) {
        if (name.endsWith(".gamma")) {
            return name.substring(0, name.length() - "gamma".length()) + "weight";
        }
        if (name.endsWith(".beta")) {
            return name.substring(0, name.length() - "beta".length()) + "bias";
        }
        return name;
    }

    /**
     * How one vector of a text is made: as the files of sentence-transformers say, else by the pooler, else by the first
     * token. A refusal is kept until someone asks: whoever says how to pool need not be stopped by it.
     */
    private static Supplier<String> pooling(Path folder, Weights weights) {
        try {
            String pooling = SentencePooling.read(folder).orElse(weights.has(Checkpoint.POOLER) ? "pooler" : "first");
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
