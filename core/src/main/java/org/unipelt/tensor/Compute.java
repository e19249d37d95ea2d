package org.unipelt.tensor;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.runtime.Engine;
import org.unipelt.runtime.Workers;

/**
 * What computes, and in which pieces: the device, the precision of products, the workers, and every size that fits work to
 * them. A base model carries one.
 *
 * <p>Sizes follow from the work alone and never from the number of workers. So the same seed gives the same bytes on any
 * number of workers of one kind of processor; a worker that is free takes the next piece.
 */
public final class Compute {
    /**
     * Tokens of a training step's piece at most, padding included. Smaller pieces give work to more cores, but make products
     * smaller and add the gradients up more often (docs/performance.md).
     */
    private static final int TRAIN_TOKENS = 1024;

    /** Tokens of a prediction's piece at most. More make it no faster and take more memory; fewer make products too small. */
    private static final int PREDICT_TOKENS = 512;

    /** Texts generated at a time at most. */
    private static final int GENERATE_TEXTS = 16;

    /** Pieces of a small batch: two cores have work then, and the price for one core is small. */
    private static final int LEAST_PIECES = 2;

    /** Attention scores computed at a time on a CPU: few enough to stay in a core's cache from first to last. */
    private static final long SCORES = 1 << 18;

    /** Numbers that an optimiser updates at a time on a CPU: all passes over them but the first find them in the cache. */
    private static final long UPDATED = 32_768;

    private final Device device;
    private final Precision precision;
    private final OptionalInt count;
    private final Supplier<Workers> workers;

    private Compute(Device device, Precision precision, OptionalInt count, Supplier<Workers> workers) {
        this.device = Objects.requireNonNull(device, "device is null");
        this.precision = Objects.requireNonNull(precision, "precision is null");
        this.count = count;
        this.workers = workers;
    }

    /** The CPU, 32 bits, and the workers of this process; see {@link Engine}. */
    public static Compute cpu() {
        return of(Device.CPU, Precision.F32);
    }

    /** A device and a precision, with the workers of this process. */
    public static Compute of(Device device, Precision precision) {
        return new Compute(device, precision, OptionalInt.empty(), Engine::workers);
    }

    /**
     * The same with workers of its own, which last as long as they have work.
     *
     * @param workers how many, at least 1
     */
    public Compute with(int workers) {
        if (workers < 1) {
            throw new IllegalArgumentException("workers must be at least 1, got " + workers);
        }
        Workers own = new Workers(workers);
        return new Compute(device, precision, OptionalInt.of(workers), () -> {
            Engine.start();
            return own;
        });
    }

    /** Where tensors lie. */
    public Device device() {
        return device;
    }

    /** How exactly products are computed. */
    public Precision precision() {
        return precision;
    }

    /** Device, precision and number of workers in one line. Starts the engine. */
    public String describe() {
        int workers = count.orElseGet(() -> Engine.workers().count());
        return String.format(
                Locale.ROOT,
                "%s, %s, %d %s",
                device.text(),
                precision.text(),
                workers,
                workers == 1 ? "worker" : "workers");
    }

    /** Does all pieces and waits for them on every path; see {@link Workers#all}. */
    public <T> List<T> all(List<? extends Callable<T>> pieces) {
        return workers.get().all(pieces);
    }

    /** Does all pieces even if the thread is interrupted; see {@link Workers#allUninterruptibly}. */
    public <T> List<T> allUninterruptibly(List<? extends Callable<T>> pieces) {
        return workers.get().allUninterruptibly(pieces);
    }

    /** How many pieces are computed at once. */
    public int atOnce() {
        return workers.get().count();
    }

    /** In how many pieces a training step computes a batch, one example at least in each; a GPU computes it whole. */
    public int trainPieces(int examples, int length) {
        long pieces = Math.max(LEAST_PIECES, -Math.floorDiv(-(long) examples * length, (long) TRAIN_TOKENS));
        return device == Device.CPU ? (int) Math.min(examples, pieces) : 1;
    }

    /** Texts of a prediction's piece at most, out of so many. */
    public int predictTexts(int texts) {
        return device == Device.CPU ? Math.max(1, -Math.floorDiv(-texts, LEAST_PIECES)) : Math.max(1, texts);
    }

    /** Tokens of a prediction's piece at most. A GPU computes more at once; how many are best was not measured. */
    public int predictTokens() {
        return device == Device.CPU ? PREDICT_TOKENS : 16 * PREDICT_TOKENS;
    }

    /** Texts generated at a time, out of so many. */
    public int generateTexts(int texts) {
        return Math.min(GENERATE_TEXTS, predictTexts(texts));
    }

    /**
     * Examples of an attention that are computed at a time.
     *
     * @param batch examples in all
     * @param scoresOfOne scores of an example, of all heads
     */
    public long attentionRows(long batch, long scoresOfOne) {
        // A GPU has no such cache, and a price for every kernel.
        return device == Device.CPU ? Math.max(1, SCORES / scoresOfOne) : batch;
    }

    /**
     * Whether libtorch's fused kernel computes an attention without dropout. On a CPU its kernel for bfloat16 is many times
     * slower than the products one by one.
     */
    public boolean fusesAttention(DType type) {
        return device != Device.CPU || type == DType.F32;
    }

    /** Numbers that an optimiser updates at a time, out of so many. */
    public long updated(long numbers) {
        return device == Device.CPU ? UPDATED : Math.max(1, numbers);
    }

    /** Computes a forward pass with products of this precision; see {@link Precision#within}. */
    public <T> T within(Supplier<T> forward) {
        return precision.within(device, forward);
    }

    /** The tensor on the device: itself if it lies there already, else a copy. */
    public Tensor move(Tensor tensor) {
        return device.move(tensor);
    }

    /** The weights on the device, those that lie there already shared; both weights are to be closed. */
    public Weights move(Weights weights) {
        return device.move(weights);
    }
}
