package org.unipelt.tensor;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.InputException;

/**
 * Named tensors with one owner: they live until {@link #close()}, whatever scope they were made in and whichever scope
 * reads them. The order of the names is kept.
 *
 * <p>Ownership is counted: a tensor may stand in two {@code Weights}, and its memory is freed when the last one closes.
 * Nothing is copied. Reading from several threads at once is safe; closing while another thread computes is not.
 */
public final class Weights implements AutoCloseable {
    private final Map<String, Tensor> tensors;
    private boolean closed;

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

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("these weights are closed");
        }
    }

    /** Gives up the ownership; a second call does nothing. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            tensors.values().forEach(Tensor::releaseReference);
        }
    }
}
