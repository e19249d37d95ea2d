package org.unipelt.tensor;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.runtime.Engine;
import org.unipelt.runtime.Workers;

/**
 * The machine and how it divides work: the device, the precision of products, the workers, and the sizes of pieces. A
 * base model carries one.
 *
 * <p>Sizes depend on the work alone, never on the number of workers. So the same seed gives the same bytes with any
 * number of workers of one kind of processor. A free worker takes the next piece.
 */
public final class Compute {
    /**
     * The most tokens in a piece of a training step, padding included. Smaller pieces keep more cores busy and take less memory, but
     * make products smaller and add gradients more often (docs/performance.md).
     */
    private static final int TRAIN_TOKENS = 512;

    /** The same if many numbers are trained, whose gradients take time to add. */
    private static final int TRAIN_TOKENS_OF_MANY = 1024;

    /** The least numbers that are many: gradients of 64 MB. */
    private static final long MANY = 1 << 24;

    /** The most tokens in a piece of a prediction. More take memory without a gain; fewer make products too small. */
    private static final int PREDICT_TOKENS = 512;

    /** The most texts generated at once. */
    private static final int GENERATE_TEXTS = 16;

    /** The pieces of a small batch: enough for two cores, at a small price for one. */
    private static final int LEAST_PIECES = 2;

    /** Attention scores computed at once on a CPU: few enough to stay in a core's cache throughout. */
    private static final long SCORES = 1 << 18;

    /** Parameters that an optimizer updates at once on a CPU: all passes but the first find them in the cache. */
    private static final long UPDATED = 32_768;

    private final Device device;
    private final Precision precision;
    private final OptionalInt count;
    private final Supplier<Workers> workers;
    private final int leastPieces;
    private final boolean predicting;

    private Compute(
            Device device,
            Precision precision,
            OptionalInt count,
            Supplier<Workers> workers,
            int leastPieces,
            boolean predicting) {
        this.device = Objects.requireNonNull(device, "device is null");
        this.precision = Objects.requireNonNull(precision, "precision is null");
        this.count = count;
        this.workers = workers;
        this.leastPieces = leastPieces;
        this.predicting = predicting;
    }

    /** Returns the CPU with 32 bits and the workers of this process; see {@link Engine}. */
    public static Compute cpu() {
        return of(Device.CPU, Precision.F32);
    }

    /** Returns a device and a precision with the workers of this process. */
    public static Compute of(Device device, Precision precision) {
        return new Compute(device, precision, OptionalInt.empty(), Engine::workers, LEAST_PIECES, false);
    }

    /**
     * Returns the same device and precision with separate workers, which need not be closed.
     *
     * @param workers the number of workers, at least 1
     */
    public Compute with(int workers) {
        if (workers < 1) {
            throw new IllegalArgumentException("workers must be at least 1, got " + workers);
        }
        Workers own = new Workers(workers);
        return new Compute(
                device,
                precision,
                OptionalInt.of(workers),
                () -> {
                    Engine.start();
                    return own;
                },
                LEAST_PIECES,
                predicting);
    }

    /**
     * Returns the same for predicting only. A base model that is opened with it keeps its linear maps packed, see {@link
     * PackedMap}: in the same memory, and faster, most of all for single texts. Nobody can train, merge or export on it.
     */
    public Compute predicting() {
        return new Compute(device, precision, count, workers, leastPieces, true);
    }

    /**
     * Returns the same device and precision for the thread that calls alone: it computes all pieces, one after the other, and
     * a small batch is one piece. For a program that has a thread per core itself, made by {@link Engine#thread}.
     */
    public Compute inCaller() {
        Workers own = Workers.inCaller();
        return new Compute(
                device,
                precision,
                OptionalInt.of(1),
                () -> {
                    Engine.start();
                    return own;
                },
                1,
                predicting);
    }

    /** The device that holds the tensors. */
    public Device device() {
        return device;
    }

    /** The precision of products. */
    public Precision precision() {
        return precision;
    }

    /**
     * Checks that this machine computes with this precision.
     *
     * @throws InputException if not; says why
     */
    public void demand() {
        device.demand();
        if (precision != Precision.INT8) {
            return;
        }
        if (!predicting) {
            throw new InputException("precision int8 is for predicting only; train with f32 or bf16");
        }
        if (device != Device.CPU) {
            throw new InputException(
                    "precision int8 is for the CPU only; use f32 or bf16 with device " + device.text());
        }
        Engine.start();
        if (!Int8Map.supported()) {
            throw new InputException(
                    "precision int8 needs a processor that adds products of 8 bits in 32 bits, such as one"
                            + " with AVX-512 VNNI; use f32 or bf16 here");
        }
    }

    /** Whether it is for predicting only; see {@link #predicting()}. */
    public boolean isPredicting() {
        return predicting;
    }

    /** Returns whether linear maps are to be packed: for predicting, on a CPU that has such products. */
    public boolean packs() {
        return precision == Precision.INT8 || (predicting && device == Device.CPU && BlockedMap.supported());
    }

    /**
     * Packs a weight {@code [out, in]}, which stays its owner's. Close the result.
     *
     * @param weight in the type of the products, see {@link Precision#computed}
     */
    public PackedMap packed(Tensor weight) {
        return precision == Precision.INT8 ? Int8Map.of(weight) : BlockedMap.of(weight);
    }

    /** Describes device, precision and number of workers in one line. Starts the engine. */
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

    /** Runs all pieces and waits for them in any case; see {@link Workers#all}. */
    public <T> List<T> all(List<? extends Callable<T>> pieces) {
        return workers.get().all(pieces);
    }

    /** Runs all pieces even if the thread is interrupted; see {@link Workers#allUninterruptibly}. */
    public <T> List<T> allUninterruptibly(List<? extends Callable<T>> pieces) {
        return workers.get().allUninterruptibly(pieces);
    }

    /** Returns how many pieces run at once. */
    public int atOnce() {
        return workers.get().count();
    }

    /**
     * Returns the number of pieces of a training batch, each of at least one example; one piece on a GPU. The number is even, so that
     * two cores have the same to do: of three pieces, one core would compute the last alone.
     *
     * @param length of the examples in tokens, with padding
     * @param trained how many numbers are trained
     */
    public int trainPieces(int examples, int length, long trained) {
        long tokens = trained < MANY ? TRAIN_TOKENS : TRAIN_TOKENS_OF_MANY;
        long pieces = Math.max(LEAST_PIECES, -Math.floorDiv(-(long) examples * length, tokens));
        pieces += pieces % 2;
        return device == Device.CPU ? (int) Math.min(examples, pieces) : 1;
    }

    /** Returns the most texts in a piece of a prediction of {@code texts} texts. */
    public int predictTexts(int texts) {
        return device == Device.CPU ? Math.max(1, -Math.floorDiv(-texts, leastPieces)) : Math.max(1, texts);
    }

    /** Returns the most tokens in a piece of a prediction. A GPU gets more; the best number was not measured. */
    public int predictTokens() {
        return device == Device.CPU ? PREDICT_TOKENS : 16 * PREDICT_TOKENS;
    }

    /** Returns how many of {@code texts} texts to generate at once. */
    public int generateTexts(int texts) {
        return Math.min(GENERATE_TEXTS, predictTexts(texts));
    }

    /**
     * Returns how many examples an attention computes at once.
     *
     * @param batch the number of examples
     * @param scoresOfOne the number of scores of one example, over all heads
     */
    public long attentionRows(long batch, long scoresOfOne) {
        // A GPU has no such cache, and every kernel call costs time.
        return device == Device.CPU ? Math.max(1, SCORES / scoresOfOne) : batch;
    }

    /**
     * Returns whether libtorch's fused kernel computes attention without dropout. On a CPU its bfloat16 kernel is many
     * times slower than separate products.
     */
    public boolean fusesAttention(DType type) {
        return device != Device.CPU || type == DType.F32;
    }

    /** Returns how many of {@code numbers} parameters an optimizer updates at once. */
    public long updated(long numbers) {
        return device == Device.CPU ? UPDATED : Math.max(1, numbers);
    }

    /** Computes a forward pass with products of this precision; see {@link Precision#within}. */
    public <T> T within(Supplier<T> forward) {
        return precision.within(device, forward);
    }

    /** Returns the tensor on the device: itself if it is there already, else a copy. */
    public Tensor move(Tensor tensor) {
        return device.move(tensor);
    }

    /** Returns the weights on the device, sharing tensors that are there already. Close both weights. */
    public Weights move(Weights weights) {
        return device.move(weights);
    }
}
