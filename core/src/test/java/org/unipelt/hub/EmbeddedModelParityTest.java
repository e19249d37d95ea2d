package org.unipelt.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Pass;
import org.unipelt.text.Encoding;
import org.unipelt.text.TokenBatch;

/** The embedded models as this library computes them, against ONNX Runtime on the very files they come from. */
class EmbeddedModelParityTest {
    private static final double TOLERANCE = 1e-4;
    private static final List<String> TEXTS = List.of(
            "this is a movie.",
            "Where is my parcel? It was due on Monday, and now the tracking page says nothing at all.",
            "naïve café — 東京, übermäßig");

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "minilm-l6, /all-minilm-l6-v2.onnx, -0.30782, -0.23473, 0.06558, 0.04216",
        "bge-small, /bge-small-en-v1.5.onnx, -0.37123, 0.06832, -0.02325, -0.29813"
    })
    void hiddenStatesAgree(String model, String onnx, float a, float b, float c, float d)
            throws IOException, OrtException {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard();
                BaseModel base = BaseModel.open(model)) {
            List<Encoding> encodings = new java.util.ArrayList<>(TEXTS.stream()
                    .map(text -> base.tokenizer().encode(text, Optional.empty(), 128))
                    .toList());
            encodings.add(base.tokenizer().encode("a first text", Optional.of("and its second"), 128));
            TokenBatch batch = TokenBatch.of(encodings, base.tokenizer().padId());
            Tensor hidden = base.backbone().forward(batch, new Modifications(), Pass.INFERENCE);

            float[][][] expected = run(onnx, batch);
            float[] actual = new float[(int) hidden.numel()];
            hidden.contiguous().data_ptr_float().get(actual);
            int width = (int) hidden.size(2);
            double largest = 0;
            for (int row = 0; row < batch.size(); row++) {
                // Real tokens: padding's states are read by nobody, and rounding alone moves some of bge's by 1e-4.
                for (int at = 0; at < encodings.get(row).length(); at++) {
                    for (int i = 0; i < width; i++) {
                        float ours = actual[(row * batch.length() + at) * width + i];
                        largest = Math.max(largest, Math.abs(ours - expected[row][at][i]));
                    }
                }
            }
            assertThat(largest).isLessThan(TOLERANCE);

            // And against values written down from another implementation, so that both cannot be wrong together.
            Tensor known = base.backbone()
                    .forward(
                            TokenBatch.of(
                                    List.of(new Encoding(
                                            new int[] {101, 2023, 2003, 1037, 3185, 1012, 102}, new int[7])),
                                    0,
                                    9),
                            new Modifications(),
                            Pass.INFERENCE);
            float[] first = new float[4];
            known.contiguous().data_ptr_float().get(first);
            float[] wanted = {a, b, c, d};
            for (int i = 0; i < wanted.length; i++) {
                assertThat(first[i]).isCloseTo(wanted[i], within(2e-5f));
            }
        }
    }

    private static float[][][] run(String onnx, TokenBatch batch) throws IOException, OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (InputStream in = EmbeddedModelParityTest.class.getResourceAsStream(onnx);
                OrtSession session = environment.createSession(in.readAllBytes())) {
            Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
            try {
                inputs.put("input_ids", OnnxTensor.createTensor(environment, longs(batch.ids(), batch)));
                inputs.put(
                        "attention_mask",
                        OnnxTensor.createTensor(
                                environment,
                                longs(
                                        batch.attentionMask().to(org.bytedeco.pytorch.global.torch.ScalarType.Long),
                                        batch)));
                inputs.put("token_type_ids", OnnxTensor.createTensor(environment, longs(batch.tokenTypes(), batch)));
                try (OrtSession.Result result = session.run(inputs)) {
                    return (float[][][]) result.get(0).getValue();
                }
            } finally {
                inputs.values().forEach(OnnxTensor::close);
            }
        }
    }

    private static long[][] longs(Tensor tensor, TokenBatch batch) {
        long[] flat = new long[(int) tensor.numel()];
        tensor.contiguous().data_ptr_long().get(flat);
        long[][] rows = new long[batch.size()][batch.length()];
        for (int i = 0; i < flat.length; i++) {
            rows[i / batch.length()][i % batch.length()] = flat[i];
        }
        return rows;
    }
}
