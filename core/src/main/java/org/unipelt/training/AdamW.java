package org.unipelt.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Weights;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019), in the two forms that programs in use compute. With the
 * moments m and v and the step t counted from 1:
 *
 * <pre>
 *   TORCH    w ← w (1 - lr·wd);   w ← w - lr/(1-β1ᵗ) · m / (√v/√(1-β2ᵗ) + ε)       every tensor decays
 *   RELEASE  w ← w - lr·√(1-β2ᵗ)/(1-β1ᵗ) · m / (√v + ε);   w ← w (1 - lr·wd)       biases and layer-norms do not decay
 * </pre>
 *
 * The first is PyTorch's, the second that of both papers' programs, which adds ε before the bias
 * correction. The state is plain tensors, so it can be saved and read back.
 */
public final class AdamW implements AutoCloseable {
    /** Which of the two. */
    public enum Formula {
        TORCH,
        RELEASE
    }

    /**
     * What does not change from step to step.
     *
     * @param weightDecay wd, per unit of learning rate
     */
    public record Settings(Formula variant, double beta1, double beta2, double epsilon, double weightDecay) {
        /** The usual numbers: 0.9, 0.999, 1e-8. */
        public static Settings of(Formula variant, double weightDecay) {
            return new Settings(variant, 0.9, 0.999, 1e-8, weightDecay);
        }
    }

    /** Names of layer-norms: a method's own, BERT's, those of BART. */
    private static final Pattern LAYER_NORM = Pattern.compile("\\.norm\\.|LayerNorm|layer_?norm");

    private static final String FIRST = "first.";
    private static final String SECOND = "second.";

    private final Compute compute;
    private final Map<String, Tensor> trained;
    private final Settings settings;
    private final Weights moments;
    private long steps;

    /** An optimiser that has made no step. The trained tensors stay their owner's. */
    public AdamW(Compute compute, Map<String, Tensor> trained, Settings settings) {
        this(compute, trained, settings, zeros(trained), 0);
    }

    /** An optimiser that goes on after {@code steps} steps with these moments, which become its own. */
    public AdamW(Compute compute, Map<String, Tensor> trained, Settings settings, Weights moments, long steps) {
        this.compute = compute;
        this.trained = new LinkedHashMap<>(trained);
        this.settings = settings;
        this.moments = moments;
        this.steps = steps;
    }

    private static Weights zeros(Map<String, Tensor> trained) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            Map<String, Tensor> zeros = new LinkedHashMap<>();
            trained.forEach((name, tensor) -> {
                zeros.put(FIRST + name, torch.zeros_like(tensor));
                zeros.put(SECOND + name, torch.zeros_like(tensor));
            });
            return Weights.of(zeros);
        }
    }

    /**
     * One step. A tensor without gradient is left alone.
     *
     * @param gradients by the trained tensors' names
     * @param scale what the gradients are multiplied by first
     */
    public void step(Map<String, Tensor> gradients, double scale, double learningRate) {
        steps++;
        List<Callable<Void>> pieces = new ArrayList<>();
        gradients.forEach((name, gradient) -> {
            long count = gradient.numel();
            long piece = compute.updated(count);
            for (long from = 0; from < count; from += piece) {
                long start = from;
                pieces.add(() -> {
                    step(name, gradient, start, Math.min(piece, count - start), scale, learningRate);
                    return null;
                });
            }
        });
        // A step is made whole or not at all.
        compute.allUninterruptibly(pieces);
    }

    private void step(String name, Tensor gradient, long from, long count, double scale, double lr) {
        double correction1 = 1 - Math.pow(settings.beta1(), steps);
        double correction2 = Math.sqrt(1 - Math.pow(settings.beta2(), steps));
        double decay = 1 - lr * settings.weightDecay();
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            Tensor w = piece(trained.get(name), from, count);
            Tensor g = piece(gradient, from, count);
            if (scale != 1) {
                g = g.mul(new Scalar(scale));
            }
            Tensor m = piece(moments.get(FIRST + name), from, count).lerp_(g, new Scalar(1 - settings.beta1()));
            Tensor v = piece(moments.get(SECOND + name), from, count)
                    .mul_(new Scalar(settings.beta2()))
                    .addcmul_(g, g, new Scalar(1 - settings.beta2()));
            switch (settings.variant()) {
                case TORCH -> {
                    scale(w, decay);
                    Tensor deviation = v.sqrt().div_(new Scalar(correction2)).add_(new Scalar(settings.epsilon()));
                    w.addcdiv_(m, deviation, new Scalar(-lr / correction1));
                }
                case RELEASE -> {
                    Tensor deviation = v.sqrt().add_(new Scalar(settings.epsilon()));
                    w.addcdiv_(m, deviation, new Scalar(-lr * correction2 / correction1));
                    if (decays(name)) {
                        scale(w, decay);
                    }
                }
            }
        }
    }

    /** Whether the reference program lets a tensor decay: no bias, and no layer-norm of the backbone's or a method's. */
    private static boolean decays(String name) {
        return !name.contains("bias") && !LAYER_NORM.matcher(name).find();
    }

    private static Tensor piece(Tensor tensor, long from, long count) {
        return tensor.view(-1).narrow(0, from, count);
    }

    private static void scale(Tensor w, double factor) {
        if (factor != 1) {
            w.mul_(new Scalar(factor));
        }
    }

    /** The moments by name, to be saved. */
    public Weights moments() {
        return moments;
    }

    /** Steps made so far. */
    public long steps() {
        return steps;
    }

    @Override
    public void close() {
        moments.close();
    }
}
