package org.unipelt.task;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Encoder;
import org.unipelt.backbone.EncoderDecoder;
import org.unipelt.backbone.Modifications;
import org.unipelt.backbone.Part;
import org.unipelt.backbone.Pass;
import org.unipelt.method.Method;
import org.unipelt.method.MethodObserver;
import org.unipelt.method.MethodPass;
import org.unipelt.method.Parameter;
import org.unipelt.runtime.Lifetime;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Device;
import org.unipelt.tensor.Weights;
import org.unipelt.text.BatchPlan;
import org.unipelt.text.Encoding;
import org.unipelt.text.TokenBatch;
import org.unipelt.text.WordEncoding;

/**
 * A frozen backbone with a method and a head that answers for single tokens: the first sub-word of every word. It owns only
 * the tensors that were added to the backbone; any number of networks may share a backbone. Of an encoder–decoder it reads
 * the encoder alone, as transformers does with T5.
 *
 * <pre>
 *   tokens ─▶ backbone + method ─▶ states ─▶ those of first sub-words ─▶ dropout ─▶ W h + b ─▶ logits
 *   [batch, length]        [batch, length, hidden]     [words, hidden]                      [words, tags]
 * </pre>
 */
public final class TokenClassifier implements AutoCloseable {
    private static final String WEIGHT = "head.weight";
    private static final String BIAS = "head.bias";

    private final Backbone backbone;
    private final Method method;
    private final OptionalInt paddedLength;
    private final Weights adapterWeights;
    /** What it has computed of texts once; see {@link #remembering}. */
    private final Optional<FrozenStates> known;

    /**
     * Creates a network that owns the given tensors.
     *
     * @param paddedLength the length of every batch in tokens; if empty, that of its longest text
     * @param adapterWeights the method's tensors, and {@code head.weight [tags, hidden]} and {@code head.bias [tags]}
     */
    public TokenClassifier(Backbone backbone, Method method, OptionalInt paddedLength, Weights adapterWeights) {
        this(backbone, method, paddedLength, adapterWeights, Optional.empty());
    }

    private TokenClassifier(
            Backbone backbone,
            Method method,
            OptionalInt paddedLength,
            Weights adapterWeights,
            Optional<FrozenStates> known) {
        this.backbone = backbone;
        this.method = method;
        this.paddedLength = paddedLength;
        this.adapterWeights = adapterWeights;
        this.known = known;
    }

    /** Returns the names of the tensors to train for the given part of the head. */
    List<String> trained(Method.HeadTraining head) {
        List<String> names = new ArrayList<>(
                method.parameters(backbone).stream().map(Parameter::name).toList());
        names.addAll(
                switch (head) {
                    case NONE -> List.of();
                    case BIAS -> List.of(BIAS);
                    case ALL -> List.of(WEIGHT, BIAS);
                });
        return names;
    }

    /**
     * Computes the logits of some tokens, {@code [tokens, tags]}, text by text.
     *
     * @param places the places of these tokens in each text of the batch
     */
    public Tensor logits(TokenBatch batch, int[][] places, Pass pass) {
        return head(states(hidden(batch, pass, MethodObserver.NONE), places), pass);
    }

    /** The same of some texts as one batch of a length. */
    Tensor logits(List<Encoding> texts, int length, int[] rows, int[][] places, Pass pass) {
        return head(states(hidden(texts, length, rows, pass, MethodObserver.NONE), places), pass);
    }

    private Tensor hidden(List<Encoding> texts, int length, int[] rows, Pass pass, MethodObserver observer) {
        List<Encoding> members = Arrays.stream(rows).mapToObj(texts::get).toList();
        TokenBatch batch = backbone.batch(members, length);
        if (known.isEmpty() || !known.get().have(members)) {
            return hidden(batch, pass, observer);
        }
        Modifications modifications = modifications(pass, observer);
        Tensor read = known.get().read(members, length);
        return ((Encoder) backbone).above(firstChanged(modifications), read, batch, modifications, pass);
    }

    /**
     * Returns this network with what lies below everything that is trained computed once for some texts: what the first
     * changed layer of an encoder reads, or the last states if only the head is trained. Itself if every layer is changed, the
     * method reads padding, the backbone has a decoder, or the disk has no room. It shares the tensors; {@link #forget} it.
     *
     * @param observer called before each piece, from several threads; what it throws ends the computation
     * @param remarks gets a sentence if the disk has no room
     */
    TokenClassifier remembering(
            List<Encoding> texts, SequenceClassifier.BatchObserver observer, Consumer<String> remarks) {
        int first;
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            first = firstChanged(modifications(Pass.INFERENCE, MethodObserver.NONE));
        }
        if (first == 0 || !(backbone instanceof Encoder encoder) || method.readsPadding()) {
            return this;
        }
        try (Lifetime.Use use = use()) {
            Optional<FrozenStates> once =
                    FrozenStates.of(FrozenStates.Part.below(first, encoder), backbone, texts, observer, remarks);
            return once.isEmpty() ? this : new TokenClassifier(backbone, method, paddedLength, adapterWeights, once);
        }
    }

    /** Frees what {@link #remembering} computed. */
    void forget() {
        known.ifPresent(FrozenStates::close);
    }

    /** The first layer that is changed; the number of layers if none is. */
    private int firstChanged(Modifications modifications) {
        return modifications.firstLayer().orElse(backbone.anatomy().layers(Part.ENCODER));
    }

    private Modifications modifications(Pass pass, MethodObserver observer) {
        Modifications modifications = new Modifications();
        method.modify(modifications, adapterWeights, backbone, MethodPass.of(pass, observer));
        return modifications;
    }

    private Tensor head(Tensor states, Pass pass) {
        return torch.linear(
                pass.dropout().apply(states), adapterWeights.get(WEIGHT), new TensorOptional(adapterWeights.get(BIAS)));
    }

    /** The states of all tokens {@code [batch, length, hidden]}. */
    private Tensor hidden(TokenBatch batch, Pass pass, MethodObserver observer) {
        Modifications modifications = modifications(pass, observer);
        if (backbone instanceof EncoderDecoder both) {
            // Vectors that a method puts in front of the text have states too.
            Tensor all = both.encode(batch, modifications, pass).states();
            return all.narrow(1, all.size(1) - batch.length(), batch.length());
        }
        return backbone.forward(batch, modifications, pass);
    }

    /**
     * The states of some tokens {@code [tokens, hidden]}.
     *
     * @param hidden of all tokens {@code [batch, length, hidden]}
     */
    private static Tensor states(Tensor hidden, int[][] places) {
        long length = hidden.size(1);
        long[] rows = IntStream.range(0, places.length)
                .boxed()
                .flatMapToLong(text -> Arrays.stream(places[text]).mapToLong(place -> text * length + place))
                .toArray();
        Tensor index = Device.of(hidden).move(Tensor.create(rows));
        return hidden.reshape(-1, hidden.size(2)).index_select(0, index);
    }

    /** Returns the padded length in tokens of some texts as one batch. */
    int paddedLength(List<Encoding> texts, int... rows) {
        return paddedLength.orElseGet(() ->
                Arrays.stream(rows).map(row -> texts.get(row).length()).max().orElse(0));
    }

    /**
     * Computes the logits of the words of windows, {@code [windows][words][tags]}. Keeps no tensor.
     *
     * @param observer called from several threads, each with the places of its windows
     * @throws ArithmeticException if a logit is not finite
     * @throws IllegalStateException if this network or its backbone's weights are closed
     */
    float[][][] predict(List<WordEncoding.Window> windows, SequenceClassifier.BatchObserver observer) {
        return compute(windows, observer, states -> head(states, Pass.INFERENCE));
    }

    /** Computes what the head reads of the words of windows, {@code [windows][words][hidden]}. Keeps no tensor. */
    float[][][] vectors(List<WordEncoding.Window> windows) {
        return compute(windows, SequenceClassifier.BatchObserver.NONE, states -> states);
    }

    private float[][][] compute(
            List<WordEncoding.Window> windows,
            SequenceClassifier.BatchObserver observer,
            UnaryOperator<Tensor> ofStates) {
        List<Encoding> texts =
                windows.stream().map(WordEncoding.Window::encoding).toList();
        int[] lengths = IntStream.range(0, texts.size())
                .map(row -> paddedLength(texts, row))
                .toArray();
        float[][][] computed = new float[windows.size()][][];
        Compute compute = backbone.compute();
        List<Callable<Void>> pieces =
                BatchPlan.sorted(lengths, compute.predictTexts(texts.size()), compute.predictTokens()).stream()
                        .<Callable<Void>>map(rows -> () -> {
                            int[][] places = Arrays.stream(rows)
                                    .mapToObj(row -> windows.get(row).tokens())
                                    .toArray(int[][]::new);
                            try (PointerScope scope = new PointerScope();
                                    NoGradGuard frozen = new NoGradGuard()) {
                                Tensor hidden = hidden(
                                        texts, paddedLength(texts, rows), rows, Pass.INFERENCE, observer.of(rows));
                                read(ofStates.apply(states(hidden, places)), rows, places, computed);
                            }
                            return null;
                        })
                        .toList();
        try (Lifetime.Use use = use()) {
            compute.all(pieces);
        }
        return computed;
    }

    private static void read(Tensor values, int[] rows, int[][] places, float[][][] computed) {
        int width = (int) values.size(1);
        float[] flat = new float[Math.toIntExact(values.numel())];
        values.cpu().contiguous().data_ptr_float().get(flat);
        for (float value : flat) {
            if (!Float.isFinite(value)) {
                throw new ArithmeticException("a text gives " + value + " instead of a finite number");
            }
        }
        int at = 0;
        for (int i = 0; i < rows.length; i++) {
            computed[rows[i]] = new float[places[i].length][];
            for (int word = 0; word < places[i].length; word++) {
                computed[rows[i]][word] = Arrays.copyOfRange(flat, at, at + width);
                at += width;
            }
        }
    }

    /** Replaces the head by a probe. */
    void begin(Probe probe) {
        probe.copyTo(adapterWeights.get(WEIGHT), adapterWeights.get(BIAS));
    }

    /** Multiplies the logits by a factor, through the head. */
    void scaleHead(double factor) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            adapterWeights.get(WEIGHT).mul_(new Scalar(factor));
            adapterWeights.get(BIAS).mul_(new Scalar(factor));
        }
    }

    /** Keeps this network and its backbone open; see {@link Backbone#use}. */
    Lifetime.Use use() {
        return backbone.use(adapterWeights);
    }

    /** Returns the tensors to save, by name: the method's saved form and the head. They belong to the current scope. */
    public Map<String, Tensor> save() {
        Map<String, Tensor> saved = new LinkedHashMap<>(method.save(adapterWeights, backbone));
        saved.putAll(adapterWeights.select(List.of(WEIGHT, BIAS)));
        return saved;
    }

    /** Returns backbone weights that include the method's change, by name; see {@link Method#merge}. */
    Map<String, Tensor> merge() {
        return method.merge(adapterWeights, backbone);
    }

    /** Returns the device, precision and workers that compute it. */
    Compute compute() {
        return backbone.compute();
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
