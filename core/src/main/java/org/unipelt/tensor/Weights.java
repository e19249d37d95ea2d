package org.unipelt.tensor;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.InputException;
import org.unipelt.runtime.Engine;
import org.unipelt.runtime.Lifetime;

/**
 * Named tensors with one owner: they live until {@link #close()}, independent of any scope. Keeps the order of the
 * names.
 *
 * <p>Ownership is counted: two {@code Weights} may share a tensor, and the last one to close frees its memory. Nothing
 * is copied. Several threads may read at once. A computation holds a {@link #use}, and closing waits for all uses.
 */
public final class Weights implements AutoCloseable {
    /** Null for a tensor that was freed; see {@link #free}. */
    private final Map<String, Tensor> tensors;

    private final Lifetime lifetime = new Lifetime();

    private Weights(Map<String, Tensor> tensors) {
        this.tensors = tensors;
    }

    /** Creates weights that share the ownership of every tensor of {@code tensors}, in the map's order. */
    public static Weights of(Map<String, Tensor> tensors) {
        Map<String, Tensor> held = new LinkedHashMap<>(tensors);
        held.values().forEach(Tensor::retainReference);
        return new Weights(held);
    }

    /**
     * Keeps the tensors alive: {@link #close()} waits until the use is closed.
     *
     * @param what their owner, for the message, e.g. {@code the base model bge-small}
     * @throws IllegalStateException if they are closed or closing
     */
    public Lifetime.Use use(String what) {
        return lifetime.use(what);
    }

    /**
     * Returns the tensor of that name. It belongs to these weights; do not close it.
     *
     * @throws InputException if there is none; the message suggests the nearest name
     */
    public Tensor get(String name) {
        checkOpen();
        if (!tensors.containsKey(name)) {
            throw InputException.unknownAmongMany("tensor", name, tensors.keySet());
        }
        return held(name, tensors.get(name));
    }

    /** Returns whether there is a tensor of that name. */
    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    /** Returns every name, in order. Unmodifiable. */
    public Set<String> names() {
        return Collections.unmodifiableSet(tensors.keySet());
    }

    /** Returns names and tensors, in order. Unmodifiable; the tensors still belong to these weights. */
    public Map<String, Tensor> asMap() {
        checkOpen();
        tensors.forEach(Weights::held);
        return Collections.unmodifiableMap(tensors);
    }

    /**
     * Frees one tensor now and keeps its name: for an owner that keeps its numbers in another form. Nobody may read these weights
     * meanwhile; whoever asks for the tensor later gets an {@link InputException}.
     */
    public void free(String name) {
        get(name).releaseReference();
        tensors.put(name, null);
    }

    private static Tensor held(String name, Tensor tensor) {
        if (tensor == null) {
            throw new InputException(
                    "'" + name + "' is kept in another form, because this base model is open for predicting"
                            + " only; open it without predicting() to train on it, to merge or to export");
        }
        return tensor;
    }

    /**
     * Closes these weights and returns them with every floating point tensor in 32 bits. Each tensor that nobody else owns
     * is freed as soon as it is converted, so that at most one is held twice.
     *
     * @throws IllegalStateException from inside a use, as {@link Lifetime#close}
     */
    public Weights intoFloat32() {
        checkOpen();
        Map<String, Tensor> converted = new LinkedHashMap<>();
        lifetime.close(() -> {
            Map<String, Tensor> left = new LinkedHashMap<>(tensors);
            try {
                tensors.forEach((name, tensor) -> {
                    converted.put(name, retainedIn32Bits(tensor));
                    left.remove(name);
                    tensor.releaseReference();
                });
            } catch (RuntimeException e) {
                left.values().forEach(Tensor::releaseReference);
                converted.values().forEach(Tensor::releaseReference);
                throw e;
            }
        });
        return new Weights(converted);
    }

    private static Tensor retainedIn32Bits(Tensor tensor) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            Tensor kept = DType.of(tensor).isFloating() ? tensor.to(ScalarType.Float) : tensor;
            kept.retainReference();
            return kept;
        }
    }

    /**
     * Closes these weights and returns them with tensors of others in place of their own of the same names. The others keep
     * theirs: each such tensor then has two owners and one content.
     *
     * @throws IllegalStateException from inside a use, as {@link Lifetime#close}
     */
    public Weights intoSharing(Map<String, Tensor> others) {
        checkOpen();
        Map<String, Tensor> shared = new LinkedHashMap<>(tensors);
        shared.replaceAll((name, own) -> others.getOrDefault(name, own));
        Weights sharing = of(shared);
        close();
        return sharing;
    }

    /** Returns some of the tensors, in the order of {@code names}; they still belong to these weights. */
    public Map<String, Tensor> select(Collection<String> names) {
        Map<String, Tensor> selected = new LinkedHashMap<>();
        names.forEach(name -> selected.put(name, get(name)));
        return selected;
    }

    /**
     * Checks that every value is finite.
     *
     * @param origin the tensors' source for the message, usually the file
     * @throws InputException if a value is NaN or infinite; names the tensor
     */
    public void requireFinite(String origin) {
        checkOpen();
        Engine.workers()
                .allUninterruptibly(tensors.entrySet().stream()
                        .<Callable<Void>>map(entry -> () -> {
                            requireFinite(origin, entry.getKey(), entry.getValue());
                            return null;
                        })
                        .toList());
    }

    private static void requireFinite(String origin, String name, Tensor tensor) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            // One value that is not finite makes the sum so too. Only an overflowing sum needs a second check.
            if (DType.of(tensor).isFloating()
                    && !Double.isFinite(tensor.sum().item_double())
                    && !torch.isfinite(tensor).all().item_bool()) {
                throw new InputException(origin + ": tensor '" + name
                        + "' holds a NaN or infinite value; the file is damaged: download or create it again");
            }
        }
    }

    private void checkOpen() {
        if (lifetime.isOver()) {
            throw new IllegalStateException("these weights are closed");
        }
    }

    /**
     * Waits for all uses and releases the tensors; a second call does nothing.
     *
     * @throws IllegalStateException from inside a use, as {@link Lifetime#close}
     */
    @Override
    public void close() {
        lifetime.close(() -> tensors.values().stream().filter(Objects::nonNull).forEach(Tensor::releaseReference));
    }
}
