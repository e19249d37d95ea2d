package org.unipelt.interop;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.InputException;
import org.unipelt.backbone.EncoderDecoder;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.OwnHead;
import org.unipelt.backbone.Pooling;
import org.unipelt.data.Labels;
import org.unipelt.generation.Generation;
import org.unipelt.hub.BaseModel;
import org.unipelt.hub.ModelFiles;
import org.unipelt.task.Inference;
import org.unipelt.task.Ranking;
import org.unipelt.task.Seq2Seq;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tuned.AdapterCard;

/**
 * A folder of transformers: all weights, with the method's changes in them, the head of the family's own classifiers, and
 * the tokenizer. Every weight has 32 bits.
 *
 * <p>Such a head has two maps with an activation between them; BERT's first map is its pooler. A head of one map fits
 * too if the activation is tanh: the first map makes the states so small that tanh changes none of their 24 bits, and
 * the last map makes them large again. Both factors are powers of two, which change no digits either.
 *
 * <pre>
 *   here                                    in transformers
 *   h ─▶ W1 h + b1 ─▶ tanh ─▶ W x + b       the same
 *   h ─▶ W h + b                            h ─▶ 2⁻²⁰ h ─▶ tanh ─▶ 2²⁰ W x + b
 * </pre>
 */
final class ToCheckpoint {
    static final String CONFIG = "config.json";
    static final String ARCHITECTURES = "architectures";
    static final String CLASSIFIER = "ForSequenceClassification";
    static final String PROBLEM = "problem_type";
    static final String LABELS = "id2label";
    /** The kinds of problems. */
    static final String CLASSES = "single_label_classification";

    static final String SEVERAL = "multi_label_classification";
    static final String REGRESSION = "regression";

    /** Where sentence-transformers keeps what it does with the logit of a cross-encoder. */
    static final String CROSS_ENCODER = "sentence_transformers";

    static final String ACTIVATION = "activation_fn";
    static final String SIGMOID = "torch.nn.modules.activation.Sigmoid";

    private static final String GENERATOR = "ForConditionalGeneration";
    private static final String START = "decoder_start_token_id";
    private static final String WEIGHT = ".weight";
    private static final String BIAS = ".bias";
    private static final String OTHERWISE = "use the model here, or tune another base model, e.g. a BERT or a RoBERTa";
    private static final String DENSE = "head.dense";
    private static final String OUT = "head";

    /** x - tanh(x) is x³/3: for states up to 256 it is less than half of the last of a float's 24 bits. */
    private static final double SMALL = 0x1p-20;

    private final BaseModel base;
    private final AdapterCard card;
    private final Map<String, Tensor> tensors;

    private ToCheckpoint(Export.Source source) {
        this.base = source.base();
        this.card = source.card();
        this.tensors = source.tensors();
    }

    /**
     * Writes the files.
     *
     * @param merge gives the weights that contain the method's changes
     * @throws InputException if transformers has no such model, with the reason
     */
    static void write(Export.Source source, Supplier<Map<String, Tensor>> merge, Path folder) {
        ToCheckpoint checkpoint = new ToCheckpoint(source);
        Map<String, Tensor> weights =
                new LinkedHashMap<>(source.base().backbone().weights().asMap());
        try {
            weights.putAll(merge.get());
        } catch (InputException e) {
            throw new InputException(
                    e.getMessage() + "; --format onnx has it as nodes, adapterhub or peft beside the base model", e);
        }
        weights.replaceAll((name, tensor) -> tensor.cpu().to(ScalarType.Float));
        ModelFiles files = source.base().files();
        ObjectNode config = files.config().deepCopy();
        // A program in the repository's files would be run instead of the class.
        config.remove(List.of("auto_map", "torch_dtype", "num_labels", "_name_or_path"));
        config.put("dtype", "float32");
        if (source.card().task() instanceof Seq2Seq task) {
            checkpoint.generator(task, weights, config, folder);
        } else {
            checkpoint.classifier(weights, config, folder);
        }
        TheirFolder written = new TheirFolder(folder);
        written.json(CONFIG, config);
        written.tokenizer(source.base(), source.card().inference().maxLength());
        written.readme(
                source, new ModelCard.Peer(Export.Format.MERGED, "Python", checkpoint.python(), checkpoint.remarks()));
    }

    private List<String> python() {
        if (card.task() instanceof Seq2Seq) {
            return List.of(
                    "from transformers import AutoModelForSeq2SeqLM, AutoTokenizer",
                    "",
                    "tokenizer = AutoTokenizer.from_pretrained(\"FOLDER\")",
                    "model = AutoModelForSeq2SeqLM.from_pretrained(\"FOLDER\")",
                    "ids = model.generate(**tokenizer(\"a text\", truncation=True, return_tensors=\"pt\"))",
                    "print(tokenizer.batch_decode(ids, skip_special_tokens=True))");
        }
        if (card.task() instanceof Ranking) {
            return List.of(
                    "from sentence_transformers import CrossEncoder",
                    "",
                    "model = CrossEncoder(\"FOLDER\")",
                    "print(model.rank(\"a query\", [\"a text\", \"another\"], return_documents=True))");
        }
        String classes = !card.labels().names().isEmpty() ? "" : ", function_to_apply=\"none\"";
        String texts = card.pairs() ? "{\"text\": \"a text\", \"text_pair\": \"another\"}" : "\"a text\"";
        return List.of(
                "from transformers import pipeline",
                "",
                "classifier = pipeline(\"text-classification\", \"FOLDER\", top_k=None" + classes + ")",
                "print(classifier(" + texts + ", truncation=True))");
    }

    private List<String> remarks() {
        return scales(card.inference())
                ? List.of(
                        "Its first map divides by 2²⁰, and its last one multiplies by it, so that the tanh between them"
                                + " changes nothing. Compute it in 32 bits or bfloat16, not in float16, and do not train it"
                                + " further.")
                : List.of();
    }

    private void classifier(Map<String, Tensor> weights, ObjectNode config, Path folder) {
        String architecture = base.family().className() + CLASSIFIER;
        OwnHead own = base.ownHead()
                .orElseThrow(() -> new InputException("transformers has no classifier of type '"
                        + base.family().modelType() + "' with a head that this library has; " + OTHERWISE));
        Map<String, Tensor> named = new LinkedHashMap<>();
        weights.forEach((name, tensor) -> {
            if (!own.without().contains(name)) {
                named.put(base.nameInFiles(name), tensor);
            }
        });
        named.putAll(head(own, architecture));
        weights(folder, named);
        config.putArray(ARCHITECTURES).add(architecture);
        List<String> names = card.labels().names();
        config.put(PROBLEM, card.labels() instanceof Labels.Multi ? SEVERAL : names.isEmpty() ? REGRESSION : CLASSES);
        if (card.task() instanceof Ranking) {
            // Without a problem, transformers' pipeline takes the sigmoid of a single logit, too.
            config.remove(PROBLEM);
            config.putObject(CROSS_ENCODER).put(ACTIVATION, SIGMOID);
        }
        ObjectNode byId = config.putObject(LABELS);
        ObjectNode ids = config.putObject("label2id");
        for (String name : names.isEmpty() ? List.of("LABEL_0") : names) {
            byId.put(Integer.toString(ids.size()), name);
            ids.put(name, ids.size());
        }
    }

    /** Whether a head of one map becomes one of two, of which the first makes states small. */
    private static boolean scales(Inference inference) {
        return inference.head().equals(Optional.of(Head.LINEAR))
                && !inference.pooling().equals(Optional.of(Pooling.POOLER));
    }

    /** The head's tensors by their names in files. */
    private Map<String, Tensor> head(OwnHead own, String architecture) {
        Head form = card.inference().head().orElseThrow();
        Pooling pooling = card.inference().pooling().orElseThrow();
        Pooling state = own.pooling() == Pooling.POOLER ? Pooling.FIRST : own.pooling();
        Head twoMaps = own.form().isDense() ? own.form() : Head.DENSE;
        Map<String, Tensor> named = new LinkedHashMap<>();
        for (String part : List.of(WEIGHT, BIAS)) {
            String first = own.dense()
                    .map(dense -> dense + part)
                    .orElseGet(() -> base.nameInFiles(own.pooler().orElseThrow() + part));
            Tensor out = Objects.requireNonNull(tensors.get(OUT + part));
            if (form == own.form() && pooling == own.pooling() && !form.isDense()) {
                named.put(own.out() + part, out);
            } else if (form == twoMaps && pooling == state) {
                named.put(first, tensors.get(DENSE + part));
                named.put(own.out() + part, out);
            } else if (scales(card.inference()) && twoMaps == Head.DENSE && pooling == state) {
                boolean weight = part.equals(WEIGHT);
                int hidden = base.backbone().anatomy().hidden();
                named.put(first, weight ? torch.eye(hidden).mul(new Scalar(SMALL)) : torch.zeros(hidden));
                named.put(own.out() + part, weight ? out.div(new Scalar(SMALL)) : out);
            } else {
                throw refused(own, architecture, form, pooling);
            }
        }
        return named;
    }

    private InputException refused(OwnHead own, String architecture, Head form, Pooling pooling) {
        Head twoMaps = own.form().isDense() ? own.form() : Head.DENSE;
        if (form != twoMaps && !(form == Head.LINEAR && twoMaps == Head.DENSE)) {
            return new InputException(architecture + " has a head of " + maps(own.form()) + ", and this model, as all"
                    + " that are trained on this base model here, one of " + maps(form) + "; " + OTHERWISE);
        }
        boolean pooler = own.pooler()
                .map(map -> base.backbone().weights().has(map + WEIGHT))
                .orElse(false);
        Pooling instead = own.pooling() == Pooling.POOLER && !pooler ? Pooling.FIRST : own.pooling();
        return new InputException(architecture + " has no pooling '" + pooling.text()
                + "', which this model was trained with; train again with --pooling " + instead.text());
    }

    private static String maps(Head form) {
        return switch (form) {
            case LINEAR -> "one map";
            case DENSE -> "two maps with tanh between them";
            case DENSE_RELU -> "two maps with ReLU between them";
            case DENSE_GELU -> "two maps with GELU between them";
        };
    }

    private void generator(Seq2Seq task, Map<String, Tensor> weights, ObjectNode config, Path folder) {
        Map<String, Tensor> named = new LinkedHashMap<>();
        weights.forEach((name, tensor) -> named.put(base.nameInGenerators(name), tensor));
        weights(folder, named);
        config.putArray(ARCHITECTURES).add(base.family().className() + GENERATOR);
        EncoderDecoder backbone = (EncoderDecoder) base.backbone();
        int start = task.language().map(base.tokenizer()::id).orElse(backbone.startId());
        config.put(START, start);
        Generation search = task.generation();
        ObjectNode generation = JsonNodeFactory.instance
                .objectNode()
                .put(START, start)
                .put("eos_token_id", backbone.endId())
                .put("pad_token_id", backbone.paddingId())
                .put("do_sample", false)
                .put("num_beams", search.beams())
                .put("max_length", search.maxLength())
                .put("min_length", search.minLength())
                .put("length_penalty", search.lengthPenalty())
                .put("early_stopping", search.earlyStopping())
                .put("no_repeat_ngram_size", search.noRepeatNgram());
        backbone.forcedFirstId().ifPresent(id -> generation.put("forced_bos_token_id", id));
        backbone.forcedLastId().ifPresent(id -> generation.put("forced_eos_token_id", id));
        new TheirFolder(folder).json(TheirFolder.GENERATION, generation);
    }

    private static void weights(Path folder, Map<String, Tensor> named) {
        Safetensors.write(folder.resolve(Safetensors.SINGLE_FILE), named, Map.of("format", "pt"));
    }
}
