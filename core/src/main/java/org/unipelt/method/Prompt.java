package org.unipelt.method;

import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.InputException;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Modifications.Sequence;
import org.unipelt.backbone.Place;
import org.unipelt.backbone.Site;
import org.unipelt.tensor.Weights;

/**
 * Prompt tuning (Lester et al. 2021): L learned vectors in front of the text at the input layer only, as in He et
 * al.'s program.
 *
 * <pre>
 *   [ p_1 … p_L ; word + position + type ] ─▶ LN ─▶ layers ─▶ the text's own states, without the first L
 * </pre>
 *
 * The vectors have no position and shift none; the text attends to them like to real tokens. The head reads the text's
 * states, so pooling by the first token still means the text's first token.
 *
 * <p>A prompt has no gate: a layer norm follows, which removes a factor of a vector, LN(g p) = LN(p).
 */
record Prompt(int length) implements Method {
    private static final String VECTORS = "prompt.vectors";

    static Prompt of(Options options) {
        return new Prompt(options.integer("length", 10, 1, 4096));
    }

    @Override
    public String name() {
        return "prompt";
    }

    @Override
    public String modifies() {
        return "the input: vectors in front";
    }

    @Override
    public Map<Place, List<String>> attachments() {
        return Map.of(Place.EMBEDDINGS, List.of(name()));
    }

    @Override
    public List<Parameter> parameters(Backbone backbone) {
        Site embeddings = backbone.sites().of(List.of(Place.EMBEDDINGS)).get(0);
        return List.of(Parameter.of(VECTORS, Init.BERT, length, backbone.sites().out(embeddings)));
    }

    @Override
    public void modify(Modifications to, Weights adapterWeights, Backbone backbone, MethodPass pass) {
        to.embeddings(text -> {
            long batch = text.states().size(0);
            Tensor vectors = adapterWeights
                    .get(VECTORS)
                    .unsqueeze(0)
                    .expand(batch, length, text.states().size(2));
            Tensor real = text.attentionMask().new_ones(new long[] {batch, length}, new TensorOptions(ScalarType.Bool));
            return new Sequence(
                    torch.cat(new TensorVector(vectors, text.states()), 1),
                    torch.cat(new TensorVector(real, text.attentionMask()), 1));
        });
    }

    @Override
    public Map<String, Tensor> merge(Weights adapterWeights, Backbone backbone) {
        throw new InputException("a prompt cannot be merged into the weights: it is extra input, not a weight");
    }

    @Override
    public double learningRate() {
        return 1e-3;
    }

    @Override
    public HeadTraining releaseHead() {
        return HeadTraining.NONE;
    }

    @Override
    public String toString() {
        return Options.text(name(), Map.of("length", length));
    }
}
