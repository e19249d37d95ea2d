package org.unipelt.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.backbone.Families;
import org.unipelt.backbone.Pooling;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.Weights;
import org.unipelt.text.FolderKey;
import org.unipelt.text.Tokenizer;

/**
 * The two pretrained BERTs that come as ordinary dependencies: each is a jar with the model as an ONNX file and its
 * tokenizer. Neither has a pooler.
 */
enum EmbeddedModel {
    /** sentence-transformers/all-MiniLM-L6-v2: 6 layers, hidden size 384. */
    MINILM_L6(
            "minilm-l6",
            "sentence-transformers/all-MiniLM-L6-v2",
            "unipelt-model-minilm",
            "all-minilm-l6-v2",
            6,
            Pooling.MEAN,
            "Apache-2.0"),
    /** BAAI/bge-small-en-v1.5: 12 layers, hidden size 384. */
    BGE_SMALL(
            "bge-small",
            "BAAI/bge-small-en-v1.5",
            "unipelt-model-bge-small",
            "bge-small-en-v1.5",
            12,
            Pooling.FIRST,
            "MIT");

    private static final int POSITIONS = 512;

    private final String modelName;
    private final String authorsName;
    private final String artifact;
    private final String file;
    private final int layers;
    private final Pooling pooling;
    private final String licence;

    EmbeddedModel(
            String modelName,
            String authorsName,
            String artifact,
            String file,
            int layers,
            Pooling pooling,
            String licence) {
        this.modelName = modelName;
        this.authorsName = authorsName;
        this.artifact = artifact;
        this.file = file;
        this.layers = layers;
        this.pooling = pooling;
        this.licence = licence;
    }

    /** Returns its name for users. */
    String modelName() {
        return modelName;
    }

    /** Returns its authors' name for it, with their organization. */
    String authorsName() {
        return authorsName;
    }

    PretrainedModel open() {
        // Meanwhile, because the weights need it.
        Engine.prepare();
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
            JsonNode config = config();
            PretrainedModel pretrained = new PretrainedModel(
                    modelName,
                    Families.of(config, modelName),
                    config,
                    weights,
                    tokenizer,
                    () -> pooling,
                    Optional.of(new Origin(authorsName, Optional.empty(), Optional.of(licence))),
                    this::files);
            done = true;
            return pretrained;
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
        // By the class loader: on the module path, a class finds only its own module's files.
        InputStream in = EmbeddedModel.class.getClassLoader().getResourceAsStream(name);
        if (in == null) {
            throw new InputException("the model " + modelName + " is not on the class path (no " + name
                    + "); add the Maven dependency org.unipelt:" + artifact + ", or give the folder of a model");
        }
        return in;
    }

    /** Returns the size of its weights' file; 0 if its jar is not on the class path. */
    long bytes() {
        URL weights = EmbeddedModel.class.getClassLoader().getResource(file + ".onnx");
        try {
            return weights == null ? 0 : weights.openConnection().getContentLengthLong();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private InputException unreadable(IOException e) {
        return new InputException(
                "the jar of " + modelName + " cannot be read: " + e.getMessage()
                        + "; delete dev.langchain4j from the local Maven repository and build again",
                e);
    }

    /** Returns the files of the model's authors, of which the jar has only the tokenizer. */
    private ModelFiles files() {
        try (InputStream in = resource(file + "-tokenizer.json")) {
            Map<String, byte[]> others = new LinkedHashMap<>();
            others.put("tokenizer.json", in.readAllBytes());
            others.put(
                    FolderKey.TOKENIZER_CLASS.file(),
                    tokenizerConfig().toString().getBytes(StandardCharsets.UTF_8));
            return new ModelFiles(config(), others);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private static ObjectNode tokenizerConfig() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("tokenizer_class", "BertTokenizer")
                .put("do_lower_case", true)
                .put("model_max_length", POSITIONS)
                .put("unk_token", "[UNK]")
                .put("sep_token", "[SEP]")
                .put("pad_token", "[PAD]")
                .put("cls_token", "[CLS]")
                .put("mask_token", "[MASK]");
    }

    /** Returns the config.json of the model's authors. */
    private ObjectNode config() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("model_type", "bert")
                .put("vocab_size", 30_522)
                .put("hidden_size", 384)
                .put("num_hidden_layers", layers)
                .put("num_attention_heads", 12)
                .put("intermediate_size", 1536)
                .put("hidden_act", "gelu")
                .put("hidden_dropout_prob", 0.1)
                .put("attention_probs_dropout_prob", 0.1)
                .put("max_position_embeddings", POSITIONS)
                .put("type_vocab_size", 2)
                .put("layer_norm_eps", 1e-12)
                .put("pad_token_id", 0);
    }
}
