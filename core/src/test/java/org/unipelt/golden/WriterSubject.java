package org.unipelt.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Pass;
import org.unipelt.generation.Generation;
import org.unipelt.method.Method;
import org.unipelt.method.MethodObserver;
import org.unipelt.task.Generator;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Encoding;
import org.unipelt.text.TokenBatch;

/** An encoder-decoder over one batch of texts and their targets. */
record WriterSubject(Generator writer, Weights inputs) implements Subject {
    /** Marks a target's place that is no token. */
    private static final int NO_TOKEN = -100;

    @Override
    public Tensor logits(Pass pass, MethodObserver observer) {
        return writer.logits(source(), target(), pass, observer);
    }

    @Override
    public Tensor loss() {
        return loss(0);
    }

    private Tensor loss(double smoothing) {
        TokenBatch target = target();
        return writer.loss(source(), target, smoothing, Pass.INFERENCE)
                .div(target.attentionMask().sum());
    }

    @Override
    public Map<String, Tensor> others(Weights expected) {
        Map<String, Tensor> others = new HashMap<>();
        others.put("label_smoothed_loss_0.1", loss(0.1));
        // As meta.json describes them; the search was cut off where the recorded texts end.
        putWritten(others, "generate.greedy", expected, 1, 0);
        putWritten(others, "generate.beam3", expected, 3, 3);
        return others;
    }

    private void putWritten(Map<String, Tensor> others, String name, Weights expected, int beams, int noRepeatNgram) {
        if (expected.has(name)) {
            int longest = Math.toIntExact(expected.get(name).size(1));
            others.put(name, written(new Generation(longest, 4, beams, 1, false, noRepeatNgram)));
        }
    }

    /** What is written for the sources, the start in front and filled up to the greatest length, as it is recorded. */
    private Tensor written(Generation settings) {
        int start = writer.backbone().startId();
        List<int[]> texts = writer.generate(sources(), settings, start);
        long[] ids = new long[texts.size() * settings.maxLength()];
        Arrays.fill(ids, writer.backbone().paddingId());
        for (int row = 0; row < texts.size(); row++) {
            int from = row * settings.maxLength();
            int[] text = texts.get(row);
            ids[from] = start;
            for (int i = 0; i < text.length; i++) {
                ids[from + 1 + i] = text[i];
            }
        }
        return Tensor.create(ids, texts.size(), settings.maxLength());
    }

    private TokenBatch source() {
        Tensor ids = inputs.get("input_ids");
        return new TokenBatch(
                ids, torch.zeros_like(ids), inputs.get("attention_mask").to(ScalarType.Bool));
    }

    private List<Encoding> sources() {
        TokenBatch batch = source();
        List<Encoding> sources = new ArrayList<>();
        for (int row = 0; row < batch.size(); row++) {
            Tensor real =
                    batch.ids().get(row).masked_select(batch.attentionMask().get(row));
            long[] ids = new long[(int) real.numel()];
            real.data_ptr_long().get(ids);
            sources.add(
                    new Encoding(Arrays.stream(ids).mapToInt(Math::toIntExact).toArray(), new int[ids.length]));
        }
        return sources;
    }

    private TokenBatch target() {
        Tensor labels = inputs.get("labels");
        Tensor attentionMask = labels.ne(new Scalar(NO_TOKEN));
        Tensor ids = labels.masked_fill(
                attentionMask.logical_not(), new Scalar(writer.backbone().paddingId()));
        assertThat(writer.backbone().shiftRight(ids, attentionMask).equal(inputs.get("decoder_input_ids")))
                .as("what the decoder reads is what is recorded")
                .isTrue();
        return new TokenBatch(ids, torch.zeros_like(ids), attentionMask);
    }

    @Override
    public Backbone backbone() {
        return writer.backbone();
    }

    @Override
    public Weights adapterWeights() {
        return writer.adapterWeights();
    }

    @Override
    public Map<String, Tensor> save() {
        return writer.save();
    }

    /** There is no head. */
    @Override
    public List<String> trained(Method.HeadTraining head) {
        return List.copyOf(adapterWeights().names());
    }

    @Override
    public void close() {
        writer.close();
    }
}
