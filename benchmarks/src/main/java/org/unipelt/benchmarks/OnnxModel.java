package org.unipelt.benchmarks;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.unipelt.text.BatchPlan;

/**
 * A model on ONNX Runtime, as a Java program without this library has it: a session for {@code model.onnx}, and Hugging Face's
 * tokenizer for the {@code tokenizer.json} beside it. Texts of similar length share a batch, as they do in this library.
 */
final class OnnxModel implements AutoCloseable {
    /**
     * How ONNX Runtime uses the processors.
     *
     * @param callers how many threads call the session, each with its own batches
     * @param threads how many threads compute an operator of one call; operators follow one another
     * @param tokens the most tokens of a batch, padding included
     */
    record Arrangement(int callers, int threads, int tokens) {
        /** The tokens of a piece in this library. More were not faster. */
        private static final int TOKENS = 512;

        /** Returns what is fastest for one text, or for many; with as many threads as {@code OMP_NUM_THREADS} says. */
        static Arrangement fastest(boolean many) {
            String given = System.getenv("OMP_NUM_THREADS");
            int threads = given == null ? Runtime.getRuntime().availableProcessors() : Integer.parseInt(given);
            return many ? new Arrangement(threads, 1, TOKENS) : new Arrangement(1, threads, TOKENS);
        }
    }

    /** Makes one text's result of what the model gives for a batch. */
    @FunctionalInterface
    interface Row {
        /**
         * Makes the result.
         *
         * @param values of the whole batch
         * @param from where the text's values begin
         * @param width the size of the last dimension
         * @param tokens how many tokens the text has, without padding
         */
        float[] of(FloatBuffer values, int from, int width, int tokens);
    }

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final Set<String> inputs;
    private final Map<String, String> metadata;
    private final HuggingFaceTokenizer tokenizer;
    private final int tokens;
    private final ExecutorService callers;

    OnnxModel(Path folder, Arrangement arrangement) throws IOException, OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(arrangement.threads());
            options.setInterOpNumThreads(1);
            session = environment.createSession(folder.resolve("model.onnx").toString(), options);
        }
        inputs = session.getInputNames();
        metadata = session.getMetadata().getCustomMetadata();
        String length = metadata.getOrDefault("max_length", Integer.toString(Embed.MAX_LENGTH));
        Map<String, String> settings = Map.of(
                "truncation", "LONGEST_FIRST", "maxLength", length, "modelMaxLength", length, "padding", "DO_NOT_PAD");
        tokenizer = HuggingFaceTokenizer.newInstance(folder.resolve("tokenizer.json"), settings);
        tokens = arrangement.tokens();
        callers = Executors.newFixedThreadPool(arrangement.callers());
    }

    /** Returns what the file says about itself. */
    Map<String, String> metadata() {
        return metadata;
    }

    /** Computes a result for each text, in their order. */
    float[][] compute(List<String> texts, Row row) throws OrtException {
        if (texts.size() == 1) {
            float[][] result = new float[1][];
            compute(new Encoding[] {tokenizer.encode(texts.get(0))}, row, result, 0);
            return result;
        }
        Encoding[] encodings = tokenizer.batchEncode(texts);
        int[] lengths = Arrays.stream(encodings)
                .mapToInt(encoding -> encoding.getIds().length)
                .toArray();
        float[][] results = new float[encodings.length][];
        List<Future<Void>> batches = new ArrayList<>();
        for (int[] rows : BatchPlan.sorted(lengths, lengths.length, tokens)) {
            batches.add(callers.submit(() -> {
                compute(encodings, row, results, rows);
                return null;
            }));
        }
        for (Future<Void> batch : batches) {
            try {
                batch.get();
            } catch (ExecutionException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        return results;
    }

    private void compute(Encoding[] encodings, Row row, float[][] into, int... rows) throws OrtException {
        int length =
                Arrays.stream(rows).map(i -> encodings[i].getIds().length).max().orElseThrow();
        Map<String, OnnxTensor> tensors = new HashMap<>();
        try {
            // The arrays of a batch end with zeros, which is what padding has in all three.
            put("input_ids", Encoding::getIds, encodings, rows, length, tensors);
            put("attention_mask", Encoding::getAttentionMask, encodings, rows, length, tensors);
            put("token_type_ids", Encoding::getTypeIds, encodings, rows, length, tensors);
            try (OrtSession.Result result = session.run(tensors)) {
                OnnxTensor output = (OnnxTensor) result.get(0);
                FloatBuffer values = output.getFloatBuffer();
                long[] shape = output.getInfo().getShape();
                int width = (int) shape[shape.length - 1];
                for (int i = 0; i < rows.length; i++) {
                    int from = values.capacity() / rows.length * i;
                    into[rows[i]] = row.of(values, from, width, encodings[rows[i]].getIds().length);
                }
            }
        } finally {
            tensors.values().forEach(OnnxTensor::close);
        }
    }

    private void put(
            String name,
            Function<Encoding, long[]> part,
            Encoding[] encodings,
            int[] rows,
            int length,
            Map<String, OnnxTensor> tensors)
            throws OrtException {
        if (!inputs.contains(name)) {
            return;
        }
        long[] values = new long[rows.length * length];
        for (int i = 0; i < rows.length; i++) {
            long[] ids = part.apply(encodings[rows[i]]);
            System.arraycopy(ids, 0, values, i * length, ids.length);
        }
        tensors.put(
                name, OnnxTensor.createTensor(environment, LongBuffer.wrap(values), new long[] {rows.length, length}));
    }

    @Override
    public void close() {
        callers.shutdown();
        tokenizer.close();
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }
}
