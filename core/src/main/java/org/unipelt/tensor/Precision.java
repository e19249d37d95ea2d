package org.unipelt.tensor;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.Words;

/**
 * The precision of matrix products. Everything else, and every trained parameter, has 32 bits with either.
 */
public enum Precision {
    /** 32 bits: matches the reference numbers. */
    F32,
    /**
     * Products of bfloat16 numbers, which keep 8 of 24 bits, summed in 32 bits, by libtorch's autocast. About twice as
     * fast if the processor has instructions for it, and slower otherwise.
     */
    BF16;

    /** Returns its name in commands and specs. */
    public String text() {
        return Words.of(this);
    }

    /**
     * Returns the precision of that name.
     *
     * @throws org.unipelt.InputException if there is none
     */
    public static Precision named(String name) {
        return Words.constant(Precision.class, "precision", Objects.requireNonNull(name, "name is null"));
    }

    /**
     * Returns the weights with linear maps in the type that products read, so that no pass converts them. Shares
     * unchanged tensors. Close both weights.
     *
     * @param linear names of weights and biases of linear maps
     */
    public Weights frozen(Weights weights, Collection<String> linear) {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> frozen = new LinkedHashMap<>(weights.asMap());
            ScalarType type = this == F32 ? ScalarType.Float : ScalarType.BFloat16;
            linear.forEach(name -> frozen.put(name, weights.get(name).to(type)));
            return Weights.of(frozen);
        }
    }

    /**
     * Computes a forward pass with products of this precision. Its gradients have the same precision.
     *
     * @param device the device that computes
     */
    public <T> T within(Device device, Supplier<T> forward) {
        if (this == F32) {
            return forward.get();
        }
        // The setting belongs to the thread; restore it for other users of libtorch on this thread.
        boolean enabled = torch.is_autocast_enabled(device.type());
        ScalarType type = torch.get_autocast_dtype(device.type());
        torch.set_autocast_enabled(device.type(), true);
        torch.set_autocast_dtype(device.type(), ScalarType.BFloat16);
        torch.increment_nesting();
        try {
            return forward.get();
        } finally {
            if (torch.decrement_nesting() == 0) {
                torch.clear_cache();
            }
            torch.set_autocast_dtype(device.type(), type);
            torch.set_autocast_enabled(device.type(), enabled);
        }
    }
}
