package org.unipelt.interop;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.backbone.Activation;
import org.unipelt.backbone.Backbone;
import org.unipelt.interop.OnnxGraph.Element;
import org.unipelt.interop.OnnxGraph.Value;
import org.unipelt.method.Method;
import org.unipelt.task.HeadInput;
import org.unipelt.task.HeadTask;
import org.unipelt.task.Inference;
import org.unipelt.task.MultiLabel;
import org.unipelt.task.Ranking;
import org.unipelt.tensor.Weights;

/**
 * Writes a tuned classifier as an ONNX file, which ONNX Runtime runs to the same logits.
 *
 * <pre>
 *   input_ids, attention_mask (, token_type_ids)   Long [batch, length], any batch and length
 *        │
 *        ▼  OnnxEncoder with the changes of OnnxMethod
 *   states ─▶ pooling ─(dense: W h + b ─▶ f)─▶ W h + b ─▶ logits   Float [batch, outputs]
 * </pre>
 */
final class ToOnnx {
    private static final String BATCH = "batch";
    private static final String LENGTH = "length";
    private static final String TYPES = "token_type_ids";

    private static final String DENSE = "head.dense";

    private ToOnnx() {}

    /**
     * Writes {@code model.onnx}, {@code README.md} and, for a classifier, {@code labels.json}.
     *
     * @throws InputException if the model is no classifier, its base model or method cannot be drawn, it is too large, or
     *     a file cannot be written
     */
    static void write(Export.Source source, Path folder) {
        if (!(source.card().task() instanceof HeadTask task)) {
            throw new InputException("format onnx is for classifiers and scores; this model writes texts");
        }
        Inference inference = source.card().inference();
        HeadInput input = new HeadInput(
                inference.pooling().orElseThrow(), inference.head().orElseThrow(), inference.paddedLength());
        try (Weights tensors = source.base().compute().move(Weights.of(source.tensors()))) {
            OnnxGraph graph =
                    draw(source.base().backbone(), source.card().method().saved(), input, task.outputs(), tensors);
            try (OutputStream file = new BufferedOutputStream(Files.newOutputStream(folder.resolve("model.onnx")))) {
                graph.write(file, metadata(source));
            }
            TheirFolder written = new TheirFolder(folder);
            written.tokenizer(source.base(), inference.maxLength());
            written.readme(source, peer(source, graph.hasInput(TYPES)));
            classes(source).ifPresent(names -> written.write("labels.json", json(names) + "\n"));
        } catch (IOException e) {
            throw new InputException(folder + ": cannot be written: " + e.getMessage() + "; choose another folder", e);
        }
    }

    /** What the file says about itself. */
    private static Map<String, String> metadata(Export.Source source) {
        Inference inference = source.card().inference();
        Map<String, String> metadata = new LinkedHashMap<>();
        classes(source).ifPresent(names -> metadata.put("labels", json(names)));
        metadata.put("base_model", source.card().base().name());
        metadata.put("method", source.card().method().toString());
        metadata.put("max_length", Integer.toString(inference.maxLength()));
        inference.paddedLength().ifPresent(length -> metadata.put("padded_length", Integer.toString(length)));
        metadata.put("pairs", Boolean.toString(inference.pairs()));
        return metadata;
    }

    private static Optional<List<String>> classes(Export.Source source) {
        return Optional.of(source.card().labels().names()).filter(names -> !names.isEmpty());
    }

    private static String probabilities(Export.Source source) {
        return source.card().task() instanceof MultiLabel ? "their sigmoids are" : "softmax makes them";
    }

    private static String json(List<String> names) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        names.forEach(list::add);
        return list.toString();
    }

    private static ModelCard.Peer peer(Export.Source source, boolean types) {
        Inference inference = source.card().inference();
        List<String> code = new ArrayList<>(List.of(
                "OrtEnvironment environment = OrtEnvironment.getEnvironment();",
                "OrtSession session = environment.createSession(\"model.onnx\", new OrtSession.SessionOptions());",
                "OnnxTensor ids = OnnxTensor.createTensor(environment, new long[][] {{101, 7592, 102}});",
                "OnnxTensor mask = OnnxTensor.createTensor(environment, new long[][] {{1, 1, 1}});"));
        if (types) {
            code.add("OnnxTensor types = OnnxTensor.createTensor(environment, new long[][] {{0, 0, 0}});");
        }
        code.add("OrtSession.Result result = session.run(Map.of(\"input_ids\", ids, \"attention_mask\", mask"
                + (types ? ", \"token_type_ids\", types" : "") + "));");
        code.add("float[][] logits = (float[][]) result.get(\"logits\").orElseThrow().getValue();");
        boolean classes = classes(source).isPresent();
        String texts = inference.pairs() ? "pairs" : "texts";
        return new ModelCard.Peer(
                Export.Format.ONNX,
                "Java",
                code,
                List.of(
                        "ONNX Runtime 1.12 and later run `model.onnx`. Its inputs are 64-bit integers `[batch, length]`:"
                                + " `input_ids`, `attention_mask` (1 for a token, 0 for padding)"
                                + (types ? ", `token_type_ids` (1 in the second text of a pair, 0 elsewhere)." : "."),
                        "Its output `logits` is floats `[batch, " + (classes ? "classes" : "1") + "]`"
                                + (classes
                                        ? ", in the order of `labels.json`; " + probabilities(source)
                                                + " probabilities."
                                        : source.card().task() instanceof Ranking
                                                ? ": its sigmoid is the relevance of the second text to the first."
                                                : ": the score."),
                        "`tokenizer.json` or the files beside it are the tokenizer. Cut " + texts + " after "
                                + inference.maxLength() + " tokens, special ones included. "
                                + (inference.paddedLength().isPresent()
                                        ? "Pad every one to "
                                                + inference.paddedLength().getAsInt() + " tokens."
                                        : "Pad those of a batch to the longest of them.")));
    }

    /**
     * Draws a classifier.
     *
     * @param method in its saved form
     * @param outputs the number of logits
     * @param tensors the method's and the head's, on the CPU; they must stay open until the graph is written
     * @throws InputException if the backbone or the method cannot be drawn
     */
    static OnnxGraph draw(Backbone backbone, Method method, HeadInput input, int outputs, Weights tensors) {
        OnnxGraph graph = new OnnxGraph();
        OnnxOperations math = new OnnxOperations(graph);
        OnnxEncoder encoder = new OnnxEncoder(math, backbone, OnnxMethod.changes(method, tensors, backbone, math));
        Value ids = graph.input("input_ids", Element.INT64, BATCH, LENGTH);
        Value mask = graph.input("attention_mask", Element.INT64, BATCH, LENGTH);
        Optional<Value> types =
                encoder.readsTypes() ? Optional.of(graph.input(TYPES, Element.INT64, BATCH, LENGTH)) : Optional.empty();
        Value pooled = encoder.pooled(encoder.states(ids, mask, types), mask, input.pooling());
        Value vector =
                switch (input.head()) {
                    case LINEAR -> pooled;
                    case DENSE -> graph.node("Tanh", linear(math, pooled, DENSE, tensors));
                    case DENSE_RELU -> graph.node("Relu", linear(math, pooled, DENSE, tensors));
                    case DENSE_GELU -> math.activation(Activation.GELU, linear(math, pooled, DENSE, tensors));
                };
        graph.output("logits", linear(math, vector, "head", tensors), Element.FLOAT, BATCH, Integer.toString(outputs));
        return graph;
    }

    private static Value linear(OnnxOperations math, Value x, String layer, Weights tensors) {
        return math.linear(
                x,
                math.graph()
                        .constant(
                                layer + ".weight",
                                tensors.get(layer + ".weight").t()),
                Optional.of(math.graph().constant(layer + ".bias", tensors.get(layer + ".bias"))));
    }
}
