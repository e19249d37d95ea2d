package org.unipelt.interop;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.backbone.Backbone;
import org.unipelt.interop.OnnxGraph.Element;
import org.unipelt.interop.OnnxGraph.Value;
import org.unipelt.method.Method;
import org.unipelt.task.HeadInput;
import org.unipelt.task.HeadTask;
import org.unipelt.task.Inference;
import org.unipelt.tensor.Weights;

/**
 * Writes a tuned classifier as an ONNX file, which ONNX Runtime runs to the same logits.
 *
 * <pre>
 *   input_ids, attention_mask (, token_type_ids)   Long [batch, length], any batch and length
 *        │
 *        ▼  OnnxEncoder with the changes of OnnxMethod
 *   states ─▶ pooling ─(dense: W h + b ─▶ tanh)─▶ W h + b ─▶ logits   Float [batch, outputs]
 * </pre>
 */
final class ToOnnx {
    private static final String BATCH = "batch";
    private static final String LENGTH = "length";

    private ToOnnx() {}

    /**
     * Writes {@code model.onnx} and {@code README.md}.
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
            OnnxGraph graph = draw(
                    source.base().backbone(), source.card().method().saved(), input, task.outputs(), tensors);
            try (OutputStream file = new BufferedOutputStream(Files.newOutputStream(folder.resolve("model.onnx")))) {
                graph.write(file, metadata(source));
            }
        } catch (IOException e) {
            throw new InputException(folder + ": cannot be written: " + e.getMessage() + "; choose another folder", e);
        }
    }

    private static Map<String, String> metadata(Export.Source source) {
        return Map.of();
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
        OnnxEncoder encoder =
                new OnnxEncoder(math, backbone, OnnxMethod.changes(method, tensors, backbone, math));
        Value ids = graph.input("input_ids", Element.INT64, BATCH, LENGTH);
        Value mask = graph.input("attention_mask", Element.INT64, BATCH, LENGTH);
        Optional<Value> types = encoder.readsTypes()
                ? Optional.of(graph.input("token_type_ids", Element.INT64, BATCH, LENGTH))
                : Optional.empty();
        Value pooled = encoder.pooled(encoder.states(ids, mask, types), mask, input.pooling());
        Value vector =
                switch (input.head()) {
                    case LINEAR -> pooled;
                    case DENSE -> graph.node("Tanh", linear(math, pooled, "head.dense", tensors));
                };
        graph.output("logits", linear(math, vector, "head", tensors), Element.FLOAT, BATCH, Integer.toString(outputs));
        return graph;
    }

    private static Value linear(OnnxOperations math, Value x, String layer, Weights tensors) {
        return math.linear(
                x,
                math.graph().constant(layer + ".weight", tensors.get(layer + ".weight").t()),
                Optional.of(math.graph().constant(layer + ".bias", tensors.get(layer + ".bias"))));
    }
}
