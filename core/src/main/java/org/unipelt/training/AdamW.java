package org.unipelt.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019), in two variants. With moments m and v and step t from
 * 1:
 *
 * <pre>
 *   TORCH    w ← w (1 - lr·wd);   w ← w - lr/(1-β1ᵗ) · m / (√v/√(1-β2ᵗ) + ε)       every tensor decays
 *   RELEASE  w ← w - lr·√(1-β2ᵗ)/(1-β1ᵗ) · m / (√v + ε);   w ← w (1 - lr·wd)       biases and layer-norms do not decay
 * </pre>
 *
 * TORCH is PyTorch's. RELEASE is that of both papers' programs, which add ε before the bias correction.
 *
 * <p>For one thread.
 */
public final class AdamW implements AutoCloseable {
    /** The variant. */
    public enum Formula {
        /** PyTorch's. */
        TORCH,
        /** That of both papers' programs. */
        RELEASE
    }

    /**
     * Constants of an optimiser.
     *
     * @param weightDecay wd in the formulas
     */
    public record Settings(Formula variant, double beta1, double beta2, double epsilon, double weightDecay) {
        /** The usual constants: 0.9, 0.999, 1e-8. */
        public static Settings of(Formula variant, double weightDecay) {
            return new Settings(variant, 0.9, 0.999, 1e-8, weightDecay);
        }
    }

    /** Names of layer-norms: of methods, BERT and BART. */
    private static final Pattern LAYER_NORM = Pattern.compile("\\.norm\\.|LayerNorm|layer_?norm");

    private static final String FIRST = "first.";
    private static final String SECOND = "second.";

    private final Compute compute;
    private final Map<String, Tensor> trained;
    private final Settings settings;
    private final Weights moments;
    private long steps;

    /** An optimiser before its first step. The caller keeps the trained tensors. */
    public AdamW(Compute compute, Map<String, Tensor> trained, Settings settings) {
        this(compute, trained, settings, zeros(trained), 0);
    }

    /** An optimiser after {@code steps} steps. It takes over the moments. */
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
     * Makes one step. Tensors without a gradient stay as they are.
     *
     * @param gradients by name of the trained tensor
     * @param scale factor of the gradients
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
        // All tensors or none: a half-made step could not be saved.
        compute.allUninterruptibly(pieces);
    }

    private void step(String name, Tensor gradient, long from, long count, double scale, double lr) {
        double correction1 = 1 - Math.pow(settings.beta1(), (double) steps);
        double correction2 = Math.sqrt(1 - Math.pow(settings.beta2(), (double) steps));
        double decay = 1 - lr * settings.weightDecay();
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            Tensor w = piece(Objects.requireNonNull(trained.get(name)), from, count);
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

    /** Whether the reference programs decay a tensor: not biases and layer-norms. */
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

    /** The moments by name, for saving. */
    public Weights moments() {
        return moments;
    }

    /** The number of steps made. */
    public long steps() {
        return steps;
    }

    @Override
    public void close() {
        moments.close();
    }
}
