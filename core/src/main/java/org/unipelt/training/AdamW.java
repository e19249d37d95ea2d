package org.unipelt.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.tensor.Engine;
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
 * The first is PyTorch's, the second that of the UniPELT release (reference program), which adds ε before the bias
 * correction. The state is plain tensors, so it can be saved and read back.
 */
public final class AdamW implements AutoCloseable {
    /** Which of the two. */
    public enum Variant {
        TORCH,
        RELEASE
    }

    /**
     * What does not change from step to step.
     *
     * @param weightDecay wd, per unit of learning rate
     */
    public record Settings(Variant variant, double beta1, double beta2, double epsilon, double weightDecay) {
        /** The usual numbers: 0.9, 0.999, 1e-8. */
        public static Settings of(Variant variant, double weightDecay) {
            return new Settings(variant, 0.9, 0.999, 1e-8, weightDecay);
        }
    }

    private static final String FIRST = "first.";
    private static final String SECOND = "second.";

    private final Map<String, Tensor> trained;
    private final Settings settings;
    private final Weights moments;
    private long steps;

    /** An optimiser that has made no step. The trained tensors stay their owner's. */
    public AdamW(Map<String, Tensor> trained, Settings settings) {
        this(trained, settings, zeros(trained), 0);
    }

    /** An optimiser that goes on after {@code steps} steps with these moments, which become its own. */
    public AdamW(Map<String, Tensor> trained, Settings settings, Weights moments, long steps) {
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
     */
    public void step(Map<String, Tensor> gradients, double learningRate) {
        steps++;
        double correction1 = 1 - Math.pow(settings.beta1(), steps);
        double correction2 = Math.sqrt(1 - Math.pow(settings.beta2(), steps));
        List<Callable<Void>> pieces = new ArrayList<>();
        gradients.forEach((name, gradient) -> pieces.add(() -> {
            try (PointerScope scope = new PointerScope();
                    NoGradGuard frozen = new NoGradGuard()) {
                step(name, trained.get(name), gradient, learningRate, correction1, correction2);
            }
            return null;
        }));
        Engine.workers().all(pieces);
    }

    private void step(String name, Tensor w, Tensor gradient, double lr, double correction1, double correction2) {
        Tensor m = moments.get(FIRST + name).lerp_(gradient, new Scalar(1 - settings.beta1()));
        Tensor v = moments.get(SECOND + name)
                .mul_(new Scalar(settings.beta2()))
                .addcmul_(gradient, gradient, new Scalar(1 - settings.beta2()));
        double decay = 1 - lr * settings.weightDecay();
        switch (settings.variant()) {
            case TORCH -> {
                scale(w, decay);
                Tensor deviation = v.sqrt().div_(new Scalar(correction2)).add_(new Scalar(settings.epsilon()));
                w.addcdiv_(m, deviation, new Scalar(-lr / correction1));
            }
            case RELEASE -> {
                Tensor deviation = v.sqrt().add_(new Scalar(settings.epsilon()));
                w.addcdiv_(m, deviation, new Scalar(-lr * correction2 / correction1));
                if (!name.contains("bias") && !name.contains("LayerNorm")) {
                    scale(w, decay);
                }
            }
        }
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
