package org.unipelt.task;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Encoder;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Pass;
import org.unipelt.method.Init;
import org.unipelt.method.Method;
import org.unipelt.method.MethodObserver;
import org.unipelt.method.MethodPass;
import org.unipelt.method.Parameter;
import org.unipelt.runtime.Lifetime;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Weights;
import org.unipelt.text.Encoding;
import org.unipelt.text.TokenBatch;

/**
 * A frozen backbone with a method and a head: reads token ids and computes logits. It owns only the tensors that were
 * added to the backbone; any number of networks may share a backbone.
 *
 * <pre>
 *   tokens ─▶ backbone + method ─▶ pooling ─(dense: dropout ─▶ W h + b ─▶ tanh)─▶ dropout ─▶ W h + b ─▶ logits
 *                                                                                            [batch, outputs]
 * </pre>
 *
 * <p>A {@link Head} may have ReLU or GELU in place of tanh.
 */
public final class SequenceClassifier implements AutoCloseable {
    private static final String HEAD = "head";
    private static final String HEAD_DENSE = "head.dense";

    private final Backbone backbone;
    private final Method method;
    private final HeadInput input;
    private final Weights adapterWeights;
    /** What it has computed of texts once; see {@link #remembering}. */
    private final Optional<FrozenStates> states;

    /**
     * Creates a network that owns the given tensors.
     *
     * @param adapterWeights the tensors that {@link #parameters} declares
     */
    public SequenceClassifier(Backbone backbone, Method method, HeadInput input, Weights adapterWeights) {
        this(backbone, method, input, adapterWeights, Optional.empty());
    }

    private SequenceClassifier(
            Backbone backbone, Method method, HeadInput input, Weights adapterWeights, Optional<FrozenStates> states) {
        this.backbone = backbone;
        this.method = method;
        this.input = input;
        this.adapterWeights = adapterWeights;
        this.states = states;
    }

    /**
     * Creates a network with initial values drawn from a seed.
     *
     * @param outputs the number of classes or labels, or 1 for a score
     */
    public static SequenceClassifier create(Backbone backbone, Method method, HeadInput input, int outputs, long seed) {
        return new SequenceClassifier(
                backbone,
                method,
                input,
                Init.draw(parameters(backbone, method, input.head(), outputs), seed, backbone));
    }

    /** Returns everything that is added to the backbone: the method's parameters, then the head's. */
    public static List<Parameter> parameters(Backbone backbone, Method method, Head head, int outputs) {
        List<Parameter> all = new ArrayList<>(method.parameters(backbone));
        int hidden = backbone.anatomy().hidden();
        for (String layer : layers(head)) {
            int out = layer.equals(HEAD) ? outputs : hidden;
            all.add(Parameter.of(layer + ".weight", Init.BERT, out, hidden));
            all.add(Parameter.of(layer + ".bias", Init.ZEROS, out));
        }
        return all;
    }

    private static List<String> layers(Head head) {
        return head.isDense() ? List.of(HEAD_DENSE, HEAD) : List.of(HEAD);
    }

    /** Returns the names of the head's tensors. */
    private List<String> headTensors() {
        return layers(input.head()).stream()
                .flatMap(layer -> Stream.of(layer + ".weight", layer + ".bias"))
                .toList();
    }

    /** Returns the names of the tensors to train for the given part of the head. */
    public List<String> trained(Method.HeadTraining head) {
        List<String> names = new ArrayList<>(
                method.parameters(backbone).stream().map(Parameter::name).toList());
        switch (head) {
            case NONE -> {}
            case BIAS ->
                names.addAll(headTensors().stream()
                        .filter(name -> name.endsWith(".bias"))
                        .toList());
            case ALL -> names.addAll(headTensors());
        }
        return names;
    }

    /** Computes the logits of a batch, {@code [batch, outputs]}. */
    public Tensor logits(TokenBatch batch, Pass pass) {
        return logits(batch, pass, MethodObserver.NONE);
    }

    /** The logits of a batch {@code [batch, outputs]}, while an observer looks at what the method does. */
    public Tensor logits(TokenBatch batch, Pass pass, MethodObserver observer) {
        return head(vectors(batch, pass, observer), HEAD, pass);
    }

    /**
     * Computes the logits of some texts as one batch, {@code [batch, outputs]}.
     *
     * @param length the padded length in tokens
     */
    Tensor logits(List<Encoding> texts, int length, int[] rows, Pass pass) {
        return head(vectors(texts, length, rows, pass, MethodObserver.NONE), HEAD, pass);
    }

    /** What the head's last map reads of a batch {@code [batch, hidden]}, before dropout. */
    private Tensor vectors(TokenBatch batch, Pass pass, MethodObserver observer) {
        Modifications modifications = modifications(pass, observer);
        return pooled(backbone.forward(batch, modifications, pass), batch, modifications, pass);
    }

    private Tensor vectors(List<Encoding> texts, int length, int[] rows, Pass pass, MethodObserver observer) {
        List<Encoding> members = Arrays.stream(rows).mapToObj(texts::get).toList();
        TokenBatch batch = backbone.batch(members, length);
        return states.filter(known -> known.have(members))
                .map(known -> vectors(known.read(members, length), batch, pass, observer))
                .orElseGet(() -> vectors(batch, pass, observer));
    }

    /** The vectors of texts of which the frozen part is computed. */
    private Tensor vectors(Tensor states, TokenBatch batch, Pass pass, MethodObserver observer) {
        Modifications modifications = modifications(pass, observer);
        OptionalInt first = modifications.firstLayer();
        return first.isEmpty()
                ? dense(states.squeeze(1), pass)
                : pooled(
                        ((Encoder) backbone).above(first.getAsInt(), states, batch, modifications, pass),
                        batch,
                        modifications,
                        pass);
    }

    /**
     * Returns this network with what lies below everything that is trained computed once for some texts: a text's vector if
     * only the head is trained, otherwise what the first changed layer of an encoder reads. Itself if every layer is changed,
     * the method reads padding, or the disk has no room. It shares the tensors; {@link #forget} it.
     *
     * @param observer called before each piece, from several threads; what it throws ends the computation
     * @param remarks gets a sentence if the disk has no room
     */
    SequenceClassifier remembering(List<Encoding> texts, BatchObserver observer, Consumer<String> remarks) {
        try (Lifetime.Use use = use()) {
            Optional<FrozenStates> once =
                    frozen().flatMap(part -> FrozenStates.of(part, backbone, texts, observer, remarks));
            return once.isEmpty() ? this : new SequenceClassifier(backbone, method, input, adapterWeights, once);
        }
    }

    /** The part below everything that is trained; empty if there is none. */
    private Optional<FrozenStates.Part> frozen() {
        OptionalInt first;
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            first = modifications(Pass.INFERENCE, MethodObserver.NONE).firstLayer();
        }
        if (first.isEmpty()) {
            return Optional.of(new FrozenVector(backbone, input));
        }
        return first.getAsInt() > 0 && backbone instanceof Encoder encoder && !method.readsPadding()
                ? Optional.of(FrozenStates.Part.below(first.getAsInt(), encoder))
                : Optional.empty();
    }

    /** The whole backbone: one row, the text's vector. */
    private record FrozenVector(Backbone backbone, HeadInput input) implements FrozenStates.Part {
        @Override
        public int rows(int tokens) {
            return 1;
        }

        @Override
        public Tensor of(TokenBatch batch) {
            Modifications none = new Modifications();
            Tensor hidden = backbone.forward(batch, none, Pass.INFERENCE);
            return backbone.pool(hidden, batch, input.pooling(), none).unsqueeze(1);
        }
    }

    /** Frees what {@link #remembering} computed. */
    void forget() {
        states.ifPresent(FrozenStates::close);
    }

    /** What the method changes in a pass. The tensors belong to the surrounding scope. */
    Modifications modifications(Pass pass, MethodObserver observer) {
        Modifications modifications = new Modifications();
        method.modify(modifications, adapterWeights, backbone, MethodPass.of(pass, observer));
        return modifications;
    }

    /**
     * What the head's last map reads of texts that the backbone has read {@code [batch, hidden]}, without dropout.
     *
     * @param hidden the backbone's last states {@code [batch, length, hidden]}
     * @param modifications of the pass that gave them
     */
    Tensor vectors(Tensor hidden, TokenBatch batch, Modifications modifications) {
        return pooled(hidden, batch, modifications, Pass.INFERENCE);
    }

    /** The logits {@code [batch, outputs]} of what the head's last map reads {@code [batch, hidden]}, without dropout. */
    Tensor logits(Tensor vectors) {
        return head(vectors, HEAD, Pass.INFERENCE);
    }

    private Tensor pooled(Tensor hidden, TokenBatch batch, Modifications modifications, Pass pass) {
        return dense(backbone.pool(hidden, batch, input.pooling(), modifications), pass);
    }

    private Tensor dense(Tensor pooled, Pass pass) {
        return input.head().isDense() ? input.head().activate(head(pooled, HEAD_DENSE, pass)) : pooled;
    }

    private Tensor head(Tensor x, String layer, Pass pass) {
        return torch.linear(
                pass.dropout().apply(x),
                adapterWeights.get(layer + ".weight"),
                new TensorOptional(adapterWeights.get(layer + ".bias")));
    }

    /** Returns the padded length in tokens of some of the texts as one batch. */
    public int paddedLength(List<Encoding> texts, int... rows) {
        return input.paddedLength().orElseGet(() -> Arrays.stream(rows)
                .map(row -> texts.get(row).length())
                .max()
                .orElse(0));
    }

    /** Returns some of the texts as one batch of a length. The tensors belong to the surrounding scope. */
    public TokenBatch batch(List<Encoding> texts, int length, int... rows) {
        List<Encoding> members = Arrays.stream(rows).mapToObj(texts::get).toList();
        return backbone.batch(members, length);
    }

    /** Observes {@link #predict} while it computes. */
    @FunctionalInterface
    public interface BatchObserver {
        /** Looks at nothing. */
        BatchObserver NONE = rows -> MethodObserver.NONE;

        /** The observer for the pass over these rows of the texts. */
        MethodObserver of(int... rows);
    }

    /**
     * Computes the logits of texts, {@code [texts][outputs]}, in their order. Keeps no tensor.
     *
     * @param observer called from several threads, each with its own rows
     * @throws ArithmeticException if a logit is not finite
     * @throws IllegalStateException if this network or its backbone's weights are closed
     */
    public float[][] predict(List<Encoding> texts, BatchObserver observer) {
        return compute(texts, observer, vectors -> head(vectors, HEAD, Pass.INFERENCE));
    }

    /**
     * Computes the input of the head's last map for texts, {@code [texts][hidden]}, in their order. Keeps no tensor.
     *
     * @throws ArithmeticException if a number is not finite
     */
    public float[][] vectors(List<Encoding> texts) {
        return compute(texts, BatchObserver.NONE, vectors -> vectors);
    }

    /**
     * Computes the logits of texts and the vectors that they come from, in one pass, in the order of the texts. Does not check
     * whether they are finite. Keeps no tensor.
     *
     * @param compute divides the texts and computes them: the backbone's, or its {@link Compute#inCaller}
     */
    public List<HeadOutput> outputs(List<Encoding> texts, Compute compute) {
        try (Lifetime.Use use = use()) {
            return HeadOutput.compute(compute, paddedLengths(texts), (rows, into) -> {
                Tensor vectors =
                        vectors(batch(texts, paddedLength(texts, rows), rows), Pass.INFERENCE, MethodObserver.NONE);
                into.read(rows, vectors, logits(vectors));
            });
        }
    }

    /** Replaces the head's last map by a probe. */
    public void begin(Probe probe) {
        probe.copyTo(adapterWeights.get(HEAD + ".weight"), adapterWeights.get(HEAD + ".bias"));
    }

    /** Multiplies the logits by a factor, through the head's last map. */
    public void scaleHead(double factor) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            adapterWeights.get(HEAD + ".weight").mul_(new Scalar(factor));
            adapterWeights.get(HEAD + ".bias").mul_(new Scalar(factor));
        }
    }

    /** Keeps this network and its backbone open; see {@link Backbone#use}. */
    public Lifetime.Use use() {
        return backbone.use(adapterWeights);
    }

    private float[][] compute(List<Encoding> texts, BatchObserver observer, UnaryOperator<Tensor> ofVectors) {
        try (Lifetime.Use use = use()) {
            float[][] computed = RowsByLength.compute(backbone.compute(), paddedLengths(texts), (rows, into) -> {
                Tensor vectors = vectors(texts, paddedLength(texts, rows), rows, Pass.INFERENCE, observer.of(rows));
                RowsByLength.read(ofVectors.apply(vectors), rows, into);
            });
            Arrays.stream(computed).forEach(RowsByLength::requireFinite);
            return computed;
        }
    }

    private int[] paddedLengths(List<Encoding> texts) {
        return IntStream.range(0, texts.size())
                .map(row -> paddedLength(texts, row))
                .toArray();
    }

    /** Returns the tensors to save, by name: the method's saved form and the head. They belong to the current scope. */
    public Map<String, Tensor> save() {
        Map<String, Tensor> saved = new LinkedHashMap<>(method.save(adapterWeights, backbone));
        saved.putAll(adapterWeights.select(headTensors()));
        return saved;
    }

    /** Returns backbone weights that include the method's change, by name; see {@link Method#merge}. */
    public Map<String, Tensor> merge() {
        return method.merge(adapterWeights, backbone);
    }

    /** Returns the number of logits per text: one for each class or label, or one for a score. */
    public int outputs() {
        return (int) adapterWeights.get(HEAD + ".bias").size(0);
    }

    /** Returns the frozen backbone. */
    public Backbone backbone() {
        return backbone;
    }

    /** Returns the method. */
    public Method method() {
        return method;
    }

    /** Returns how it reads a text. */
    public HeadInput input() {
        return input;
    }

    /** Returns the tensors added to the backbone. */
    public Weights adapterWeights() {
        return adapterWeights;
    }

    @Override
    public void close() {
        adapterWeights.close();
    }
}
