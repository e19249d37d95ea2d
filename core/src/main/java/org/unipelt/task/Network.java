package org.unipelt.task;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Pass;
import org.unipelt.backbone.Pooling;
import org.unipelt.method.Gates;
import org.unipelt.method.Init;
import org.unipelt.method.Method;
import org.unipelt.method.Parameter;
import org.unipelt.tensor.Weights;
import org.unipelt.text.TokenBatch;

/**
 * A frozen backbone with a method and a linear head: token ids in, logits out. It owns the tensors that were added to the
 * backbone, and only those; the backbone may carry any number of networks.
 *
 * <pre>
 *   tokens ─▶ backbone + method ─▶ pooling ─▶ dropout ─▶ W h + b ─▶ logits [batch, outputs]
 * </pre>
 */
public final class Network implements AutoCloseable {
    private static final String HEAD_WEIGHT = "head.weight";
    private static final String HEAD_BIAS = "head.bias";

    private final Backbone backbone;
    private final Method method;
    private final Pooling pooling;
    private final Weights own;

    /**
     * A network over tensors that become its own.
     *
     * @param own the tensors that {@link #parameters} declares
     */
    public Network(Backbone backbone, Method method, Pooling pooling, Weights own) {
        this.backbone = backbone;
        this.method = method;
        this.pooling = pooling;
        this.own = own;
    }

    /**
     * A network with first values drawn from a seed.
     *
     * @param outputs number of classes, or 1 for a score
     */
    public static Network create(Backbone backbone, Method method, Pooling pooling, int outputs, long seed) {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (Parameter parameter : parameters(backbone, method, outputs)) {
                tensors.put(parameter.name(), Init.draw(parameter, seed, backbone));
            }
            return new Network(backbone, method, pooling, Weights.of(tensors));
        }
    }

    /** Everything that is added to the backbone: the method's parameters, then the head's. */
    public static List<Parameter> parameters(Backbone backbone, Method method, int outputs) {
        List<Parameter> all = new ArrayList<>(method.parameters(backbone));
        all.addAll(head(backbone, outputs));
        return all;
    }

    private static List<Parameter> head(Backbone backbone, int outputs) {
        return List.of(
                Parameter.of(HEAD_WEIGHT, Init.BERT, outputs, backbone.shape().hidden()),
                Parameter.of(HEAD_BIAS, Init.ZEROS, outputs));
    }

    /** The names of the tensors to train when the head is trained to this extent. */
    public List<String> trained(Method.HeadTraining head) {
        List<String> names = new ArrayList<>(
                method.parameters(backbone).stream().map(Parameter::name).toList());
        switch (head) {
            case NONE -> {}
            case BIAS -> names.add(HEAD_BIAS);
            case ALL -> names.addAll(List.of(HEAD_WEIGHT, HEAD_BIAS));
        }
        return names;
    }

    /** The logits of a batch {@code [batch, outputs]}. */
    public Tensor logits(TokenBatch batch, Pass pass) {
        Modifications modifications = new Modifications();
        method.modify(modifications, own, backbone, Gates.NONE, pass);
        Tensor hidden = backbone.forward(batch, modifications, pass);
        Tensor pooled = pass.dropout().apply(backbone.pool(hidden, batch.keep(), pooling, modifications));
        return torch.linear(pooled, own.get(HEAD_WEIGHT), new TensorOptional(own.get(HEAD_BIAS)));
    }

    /** What is to be saved: the method's saved form and the head, by name. Tensors of the surrounding scope. */
    public Map<String, Tensor> save() {
        Map<String, Tensor> saved = new LinkedHashMap<>(method.save(own, backbone));
        saved.putAll(own.select(List.of(HEAD_WEIGHT, HEAD_BIAS)));
        return saved;
    }

    /** Backbone weights that contain the method's change, by name; see {@link Method#fold}. */
    public Map<String, Tensor> fold() {
        return method.fold(own, backbone);
    }

    /** The backbone underneath. */
    public Backbone backbone() {
        return backbone;
    }

    /** The method. */
    public Method method() {
        return method;
    }

    /** Which vector the head reads. */
    public Pooling pooling() {
        return pooling;
    }

    /** The tensors added to the backbone. */
    public Weights own() {
        return own;
    }

    @Override
    public void close() {
        own.close();
    }
}
