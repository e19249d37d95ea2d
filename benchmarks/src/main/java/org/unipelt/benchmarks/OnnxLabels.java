package org.unipelt.benchmarks;

import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Predicts the label of each line of a file by a model that {@code unipelt export --format onnx} wrote, on ONNX Runtime. Prints
 * what {@code unipelt predict} prints into a pipe: label, probability and text.
 *
 * <pre>
 *   OnnxLabels FOLDER FILE
 * </pre>
 */
public final class OnnxLabels {
    private OnnxLabels() {}

    /** Predicts the labels. */
    public static void main(String[] arguments) throws IOException, OrtException {
        List<String> texts = Files.readAllLines(Path.of(arguments[1]));
        try (OnnxModel model = new OnnxModel(Path.of(arguments[0]), OnnxModel.Arrangement.fastest(texts.size() > 1))) {
            PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
            List<String> labels = labels(Objects.requireNonNull(model.metadata().get("labels")));
            float[][] logits = model.compute(texts, (values, from, width, tokens) -> {
                float[] row = new float[width];
                values.get(from, row);
                return row;
            });
            for (int i = 0; i < texts.size(); i++) {
                int best = 0;
                for (int label = 1; label < labels.size(); label++) {
                    best = logits[i][label] > logits[i][best] ? label : best;
                }
                double sum = 0;
                for (float logit : logits[i]) {
                    sum += Math.exp(logit - logits[i][best]);
                }
                out.printf(Locale.ROOT, "%s\t%.4f\t%s%n", labels.get(best), 1 / sum, texts.get(i));
            }
            out.flush();
        }
    }

    private static List<String> labels(String json) throws IOException {
        List<String> labels = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            parser.nextToken();
            for (String label = parser.nextTextValue(); label != null; label = parser.nextTextValue()) {
                labels.add(label);
            }
        }
        return labels;
    }
}
