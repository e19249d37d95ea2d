package org.unipelt.benchmarks;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.unipelt.backbone.Pooling;
import org.unipelt.tensor.Precision;

/**
 * Turns texts into vectors by one of several programs, and writes the vectors, of length 1, as 32-bit numbers in big-endian order.
 *
 * <pre>
 *   Embed embed|single|start FILE STEPS OUT unipelt FOLDER POOLING f32|bf16
 *   Embed embed|single|start FILE STEPS OUT onnx FOLDER POOLING [CALLERS THREADS TOKENS]
 *   Embed embed|single|start FILE STEPS OUT langchain4j bge-small|minilm-l6
 * </pre>
 *
 * <ul>
 *   <li>{@code embed}: all lines of the file, after a tenth of them to warm up; prints 'ms' and the median of STEPS times
 *   <li>{@code single}: one line after the other, STEPS times, after a tenth of them to warm up; prints 'p50' and 'p99' of
 *       the times in ms
 *   <li>{@code start}: the first line alone; prints nothing
 * </ul>
 */
public final class Embed {
    /** Longer texts are cut, in tokens. */
    static final int MAX_LENGTH = 512;

    private static final int WARM_PART = 10;

    private Embed() {}

    /** Opens the model and does the work. */
    public static void main(String[] arguments) throws Exception {
        List<String> texts = Files.readAllLines(Path.of(arguments[1]));
        int steps = Integer.parseInt(arguments[2]);
        try (Vectors model = open(arguments[0].equals("embed"), Arrays.copyOfRange(arguments, 4, arguments.length))) {
            float[][] vectors =
                    switch (arguments[0]) {
                        case "embed" -> embed(model, texts, steps);
                        case "single" -> single(model, texts, steps);
                        default -> model.of(texts.subList(0, 1));
                    };
            write(Path.of(arguments[3]), vectors);
        }
    }

    private static Vectors open(boolean many, String... side) throws Exception {
        return switch (side[0]) {
            case "unipelt" -> new UnipeltVectors(side[1], Pooling.of(side[2]), Precision.named(side[3]));
            case "onnx" -> new OnnxVectors(Path.of(side[1]), Pooling.of(side[2]), arrangement(many, side));
            default -> new Langchain4jVectors(side[1]);
        };
    }

    private static OnnxModel.Arrangement arrangement(boolean many, String... side) {
        if (side.length == 3) {
            return OnnxModel.Arrangement.fastest(many);
        }
        int[] given =
                Arrays.stream(side, 3, side.length).mapToInt(Integer::parseInt).toArray();
        return new OnnxModel.Arrangement(given[0], given[1], given[2]);
    }

    private static float[][] embed(Vectors model, List<String> texts, int steps) throws Exception {
        model.of(texts.subList(0, texts.size() / WARM_PART));
        float[][] vectors = {};
        double[] times = new double[steps];
        for (int i = 0; i < steps; i++) {
            long start = System.nanoTime();
            vectors = model.of(texts);
            times[i] = (System.nanoTime() - start) / 1e6;
        }
        System.out.printf(Locale.ROOT, "ms %.1f%n", part(times, 0.5));
        return vectors;
    }

    private static float[][] single(Vectors model, List<String> texts, int steps) throws Exception {
        for (String text : texts.subList(0, texts.size() / WARM_PART)) {
            model.of(List.of(text));
        }
        float[][] vectors = new float[texts.size()][];
        double[] times = new double[steps * texts.size()];
        for (int i = 0; i < times.length; i++) {
            int at = i % texts.size();
            List<String> text = List.of(texts.get(at));
            long start = System.nanoTime();
            float[] vector = model.of(text)[0];
            times[i] = (System.nanoTime() - start) / 1e6;
            vectors[at] = vector;
        }
        System.out.printf(Locale.ROOT, "p50 %.3f p99 %.3f%n", part(times, 0.5), part(times, 0.99));
        return vectors;
    }

    /** Returns the time that the given part of the times does not exceed. */
    private static double part(double[] times, double part) {
        double[] sorted = times.clone();
        Arrays.sort(sorted);
        return sorted[(int) Math.ceil(part * sorted.length) - 1];
    }

    private static void write(Path file, float[][] vectors) throws IOException {
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
            for (float[] vector : vectors) {
                double squares = 0;
                for (float value : vector) {
                    squares += (double) value * value;
                }
                for (float value : vector) {
                    out.writeFloat((float) (value / Math.sqrt(squares)));
                }
            }
        }
    }
}
