package org.unipelt.backbone;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.backbone.Modifications.KeysAndValues;

/**
 * The keys and values that a decoder computed in earlier steps of one generation, as the frozen network and LoRA have them;
 * what a prefix adds is added anew at every step. It owns its tensors until closed.
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

    /** A cache that remembers. */
    public static DecoderCache create() {
        return new DecoderCache(true);
    }

    /** A cache that remembers nothing: for a decoder that sees the whole target at once. */
    public static DecoderCache none() {
        return new DecoderCache(false);
    }

    /** The number of target tokens that it holds. */
    public int length() {
        return target.isEmpty() ? 0 : (int) target.get(0).keys().size(2);
    }

    /**
     * Puts every row's past in a new order: row i goes on from what row {@code rows[i]} was, Long {@code [batch]}. Rows may
     * change places only with rows of the same memory, as the memory's own keys and values stay where they are.
     */
    public void reorder(Tensor rows) {
        target.replaceAll(old -> {
            Stored moved =
                    Stored.of(old.keys().index_select(0, rows), old.values().index_select(0, rows));
            old.release();
            return moved;
        });
    }

    /** A layer's keys and values of the target: those of earlier steps, then this step's, which are remembered. */
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
        return new KeysAndValues(all.keys(), all.values(), step.attentionMask());
    }

    /** A layer's keys and values of the memory, computed at the first step only. */
    public KeysAndValues memory(int layer, Tensor attentionMask, Supplier<KeysAndValues> project) {
        if (!keeps) {
            return project.get();
        }
        if (layer == memory.size()) {
            KeysAndValues projected = project.get();
            memory.add(Stored.of(projected.keys(), projected.values()));
        }
        Stored stored = memory.get(layer);
        return new KeysAndValues(stored.keys(), stored.values(), attentionMask);
    }

    @Override
    public void close() {
        target.forEach(Stored::release);
        memory.forEach(Stored::release);
        target.clear();
        memory.clear();
    }
}
