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
 * How exactly matrix products are computed. Everything else, and whatever is trained, has 32 bits in either.
 */
public enum Precision {
    /** 32 bits: the numbers of the references. */
    F32,
    /**
     * Products of bfloat16 numbers, which have 8 bits of 24, summed in 32 bits; by libtorch's autocast. About twice as fast
     * where the processor has instructions for it, and slower where it has none.
     */
    BF16;

    /** The word for it in commands and specs. */
    public String text() {
        return Words.of(this);
    }

    /**
     * The precision of that name.
     *
     * @throws org.unipelt.InputException if there is none
     */
    public static Precision named(String name) {
        return Words.constant(Precision.class, "precision", Objects.requireNonNull(name, "name is null"));
    }

    /**
     * The same weights with those of linear maps as products read them, so that no pass converts them. Tensors that stay
     * as they are are shared; both weights are to be closed.
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
     * Computes a forward pass with products of this precision. Gradients follow from it, wherever they are computed.
     *
     * @param device that computes
     */
    public <T> T within(Device device, Supplier<T> forward) {
        if (this == F32) {
            return forward.get();
        }
        // A thread's own setting, which libtorch's other users on this thread are not to see.
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
