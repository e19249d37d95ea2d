package org.unipelt.tensor;

import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.Words;

/** How exactly matrix products are computed. Sums between them, and everything that is trained, always have 32 bits. */
public enum Precision {
    /** 32 bits: matches the reference numbers. */
    F32,
    /**
     * Products of bfloat16 numbers, which keep 8 of 24 bits, summed in 32 bits, by libtorch's autocast. About twice as
     * fast if the processor has instructions for it, and slower otherwise.
     */
    BF16,
    /**
     * Products of 8-bit numbers, summed exactly: for predicting only, see {@link Compute#predicting}. Each row of a linear map
     * and of its input has its own scale. Needs a processor that adds such products in 32 bits, such as one with AVX-512 VNNI.
     * Everything else has 32 bits.
     */
    INT8;

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
     * The same weights in the types that a pass needs, so that no pass converts them. Linear maps have the type of the
     * products; everything else has 32 bits, except tables of 16 bits. Tensors that already have their type are shared;
     * close both.
     *
     * @param linear names of weights and biases of linear maps
     * @param tables names of weights of which a pass reads single rows, which it converts itself
     */
    public Weights computed(Weights weights, Collection<String> linear, Collection<String> tables) {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> computed = new LinkedHashMap<>(weights.asMap());
            ScalarType product = this == BF16 ? ScalarType.BFloat16 : ScalarType.Float;
            Set<String> maps = new HashSet<>(linear);
            computed.replaceAll((name, weight) -> {
                if (maps.contains(name)) {
                    return weight.to(product);
                }
                boolean narrow = DType.of(weight).bytes() < DType.F32.bytes();
                return narrow && tables.contains(name) ? weight : weight.to(ScalarType.Float);
            });
            return Weights.of(computed);
        }
    }

    /**
     * The weights to keep beside those of {@link #computed}: in their own types if products are narrow, else in 32
     * bits, so that no weight is kept in two types. Takes the given weights over; close only the result.
     */
    public Weights kept(Weights weights) {
        return this == BF16 ? weights : weights.intoFloat32();
    }

    /**
     * Computes a forward pass with products of this precision. Its gradients have the same precision on any thread.
     *
     * @param device the device that computes
     */
    public <T> T within(Device device, Supplier<T> forward) {
        if (this != BF16) {
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
