package org.unipelt.benchmarks;

import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import org.unipelt.backbone.Pooling;

/** The vectors of an encoder on ONNX Runtime. Its file gives the states of all tokens. */
final class OnnxVectors implements Vectors {
    private final OnnxModel model;
    private final OnnxModel.Row pooling;

    OnnxVectors(Path folder, Pooling pooling, OnnxModel.Arrangement arrangement) throws IOException, OrtException {
        model = new OnnxModel(folder, arrangement);
        this.pooling = pooling == Pooling.MEAN ? OnnxVectors::mean : OnnxVectors::first;
    }

    private static float[] first(FloatBuffer states, int from, int width, int tokens) {
        float[] first = new float[width];
        states.get(from, first);
        return first;
    }

    private static float[] mean(FloatBuffer states, int from, int width, int tokens) {
        float[] mean = new float[width];
        for (int token = 0; token < tokens; token++) {
            for (int i = 0; i < width; i++) {
                mean[i] += states.get(from + token * width + i) / tokens;
            }
        }
        return mean;
    }

    @Override
    public float[][] of(List<String> texts) throws OrtException {
        return model.compute(texts, pooling);
    }

    @Override
    public void close() {
        model.close();
    }
}
