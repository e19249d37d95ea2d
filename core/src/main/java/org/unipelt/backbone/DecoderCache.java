package org.unipelt.backbone;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.backbone.Modifications.KeysAndValues;

/**
 * The keys and values that a decoder computed in earlier steps of one generation, as its projections give them. Changes
 * at {@link Place#KEYS_AND_VALUES} are not in it; each step makes them again. It owns its tensors until closed. For one
 * thread.
 */
public final class DecoderCache implements AutoCloseable {
    /** Keys and values {@code [batch, heads, length, head size]}. */
    private record Stored(Tensor keys, Tensor values) {
        static Stored of(Tensor keys, Tensor values) {
            return new Stored(
                    keys.contiguous().retainReference(), values.contiguous().retainReference());
        }

        void release() {
            keys.releaseReference();
            values.releaseReference();
        }
    }

    private final boolean keeps;
    private final List<Stored> target = new ArrayList<>();
    private final List<Stored> memory = new ArrayList<>();

    private DecoderCache(boolean keeps) {
        this.keeps = keeps;
    }

    /** An empty cache. */
    public static DecoderCache create() {
        return new DecoderCache(true);
    }

    /** A cache that stays empty, for a decoder that sees the whole target at once. */
    public static DecoderCache none() {
        return new DecoderCache(false);
    }

    /** The number of target tokens that it holds. */
    public int length() {
        return target.isEmpty() ? 0 : (int) target.get(0).keys().size(2);
    }

    /**
     * Reorders the rows: row i continues what row {@code rows[i]} was, Long {@code [batch]}. A row may only take the
     * place of one with the same memory, because the memory's own keys and values are not reordered.
     */
    public void reorder(Tensor rows) {
        target.replaceAll(old -> {
            Stored moved =
                    Stored.of(old.keys().index_select(0, rows), old.values().index_select(0, rows));
            old.release();
            return moved;
        });
    }

    /**
     * A layer's keys and values of the target: those of earlier steps, then this step's, which it adds to the cache.
     */
    public KeysAndValues extend(int layer, KeysAndValues step) {
        if (!keeps) {
            return step;
        }
        if (layer == target.size()) {
            target.add(Stored.of(step.keys(), step.values()));
        } else {
            Stored old = target.get(layer);
            target.set(
                    layer,
                    Stored.of(
                            torch.cat(new TensorVector(old.keys(), step.keys()), 2),
                            torch.cat(new TensorVector(old.values(), step.values()), 2)));
            old.release();
        }
        Stored all = target.get(layer);
        return new KeysAndValues(all.keys(), all.values(), step.scoreBias());
    }

    /** A layer's keys and values of the memory. The first step computes them. */
    public KeysAndValues memory(int layer, Tensor scoreBias, Supplier<KeysAndValues> project) {
        if (!keeps) {
            return project.get();
        }
        if (layer == memory.size()) {
            KeysAndValues projected = project.get();
            memory.add(Stored.of(projected.keys(), projected.values()));
        }
        Stored stored = memory.get(layer);
        return new KeysAndValues(stored.keys(), stored.values(), scoreBias);
    }

    @Override
    public void close() {
        target.forEach(Stored::release);
        memory.forEach(Stored::release);
        target.clear();
        memory.clear();
    }
}
