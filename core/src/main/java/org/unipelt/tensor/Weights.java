package org.unipelt.tensor;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.InputException;
import org.unipelt.runtime.Lifetime;

/**
 * Named tensors with one owner: they live until {@link #close()}, whatever scope they were made in and whichever scope
 * reads them. The order of the names is kept.
 *
 * <p>Ownership is counted: a tensor may stand in two {@code Weights}, and its memory is freed when the last one closes.
 * Nothing is copied. Several threads may read at once. Whoever computes with the tensors holds a {@link #use}, and closing
 * waits for all of these.
 */
public final class Weights implements AutoCloseable {
    private final Map<String, Tensor> tensors;
    private final Lifetime lifetime = new Lifetime();

    private Weights(Map<String, Tensor> tensors) {
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    /** Takes a share in the ownership of every tensor of {@code tensors}, in the map's order. */
    public static Weights of(Map<String, Tensor> tensors) {
        Map<String, Tensor> held = new LinkedHashMap<>(tensors);
        held.values().forEach(Tensor::retainReference);
        return new Weights(held);
    }

    /**
     * Keeps the tensors: {@link #close()} waits until the use is closed.
     *
     * @param what they belong to, for the message, e.g. {@code the base model bge-small}
     * @throws IllegalStateException if they are closed, or about to be
     */
    public Lifetime.Use use(String what) {
        return lifetime.use(what);
    }

    /**
     * The tensor of that name; it belongs to these weights and must not be closed by the caller.
     *
     * @throws InputException if there is none; names the nearest name there is
     */
    public Tensor get(String name) {
        checkOpen();
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw InputException.unknown("tensor", name, tensors.keySet());
        }
        return tensor;
    }

    /** Whether there is a tensor of that name. */
    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    /** Every name, in order. Unmodifiable. */
    public Set<String> names() {
        return tensors.keySet();
    }

    /** Names and tensors, in order, for passing on. Unmodifiable; the tensors still belong to these weights. */
    public Map<String, Tensor> asMap() {
        checkOpen();
        return tensors;
    }

    /**
     * The same names with every floating tensor in 32 bits. Those that are so already, and integers, are shared and not
     * copied; both weights are to be closed.
     */
    public Weights toFloat32() {
        checkOpen();
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> converted = new LinkedHashMap<>();
            tensors.forEach((name, tensor) -> {
                DType dtype = DType.of(tensor);
                boolean same = dtype == DType.F32 || !dtype.isFloating();
                converted.put(name, same ? tensor : tensor.to(ScalarType.Float));
            });
            return of(converted);
        }
    }

    /** Some of the tensors, in the order of {@code names}; they still belong to these weights. */
    public Map<String, Tensor> select(Collection<String> names) {
        Map<String, Tensor> selected = new LinkedHashMap<>();
        names.forEach(name -> selected.put(name, get(name)));
        return selected;
    }

    /**
     * Checks that every value is a finite number.
     *
     * @param origin where the tensors come from, for the message: usually the file
     * @throws InputException if one is NaN or infinite; names the tensor
     */
    public void requireFinite(String origin) {
        checkOpen();
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            tensors.forEach((name, tensor) -> {
                // One number that is not finite makes the sum so too; only a sum of very large ones needs a second
                // look.
                if (DType.of(tensor).isFloating()
                        && !Double.isFinite(tensor.sum().item_double())
                        && !torch.isfinite(tensor).all().item_bool()) {
                    throw new InputException(
                            origin + ": tensor '" + name
                                    + "' holds a value that is NaN or infinite, so the file is damaged; fetch or make it again");
                }
            });
        }
    }

    private void checkOpen() {
        if (lifetime.isOver()) {
            throw new IllegalStateException("these weights are closed");
        }
    }

    /**
     * Waits for all uses and gives up the ownership; a second call does nothing.
     *
     * @throws IllegalStateException from inside a use, as {@link Lifetime#close}
     */
    @Override
    public void close() {
        lifetime.close(() -> tensors.values().forEach(Tensor::releaseReference));
    }
}
