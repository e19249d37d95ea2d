package org.unipelt.benchmarks;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2.AllMiniLmL6V2EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.bgesmallenv15.BgeSmallEnV15EmbeddingModel;
import java.util.List;

/** The vectors of langchain4j's own calls, which use ONNX Runtime with its defaults: a thread for each core. */
final class Langchain4jVectors implements Vectors {
    private final EmbeddingModel model;

    Langchain4jVectors(String model) {
        this.model = model.equals("minilm-l6") ? new AllMiniLmL6V2EmbeddingModel() : new BgeSmallEnV15EmbeddingModel();
    }

    @Override
    public float[][] of(List<String> texts) {
        if (texts.size() == 1) {
            return new float[][] {model.embed(texts.get(0)).content().vector()};
        }
        return model.embedAll(texts.stream().map(TextSegment::from).toList()).content().stream()
                .map(embedding -> embedding.vector())
                .toArray(float[][]::new);
    }

    @Override
    public void close() {
        // Its native memory goes with the process.
    }
}
