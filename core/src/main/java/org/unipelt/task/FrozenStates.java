package org.unipelt.task;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.unipelt.InputException;
import org.unipelt.backbone.Backbone;
import org.unipelt.backbone.Encoder;
import org.unipelt.backbone.Observer;
import org.unipelt.files.AtomicFile;
import org.unipelt.files.ScratchFile;
import org.unipelt.tensor.Compute;
import org.unipelt.text.BatchPlan;
import org.unipelt.text.Encoding;
import org.unipelt.text.TokenBatch;

/**
 * What a network computes of texts below everything that is trained. It is the same in every epoch, so it is computed once
 * and kept in a temporary file.
 *
 * <pre>
 *   text ─▶ frozen part ─▶ states [rows, width] ─▶ file        once
 *                                                   │
 *   a batch's texts ─▶ [batch, longest, width] ◀────┘          in every epoch: rows behind a text's own are 0
 * </pre>
 *
 * <p>Texts are computed in batches that depend on the texts alone, so a resumed training reads the same bytes. The states
 * differ from those of a batch of a step by rounding, since products of other sizes are added in another order.
 *
 * <p>Any number of threads may read. Close it when none does.
 */
final class FrozenStates implements AutoCloseable {
    /** The share of the free disk that the states may take. */
    private static final double SHARE = 0.5;

    /** Bytes moved at once. */
    private static final int CHUNK = 1 << 16;

    /** The part of a network that no step changes. */
    interface Part {
        /** How many rows of states a text of that many tokens has. */
        int rows(int tokens);

        /** The states of a batch {@code [batch, rows, width]}, without dropout. */
        Tensor of(TokenBatch batch);

        /** What a layer of an encoder reads, or its last states. */
        static Part below(int layer, Encoder encoder) {
            return new Part() {
                @Override
                public int rows(int tokens) {
                    return tokens;
                }

                @Override
                public Tensor of(TokenBatch batch) {
                    return encoder.below(layer, batch, Observer.NONE);
                }
            };
        }
    }

    private final ScratchFile file;
    private final Part part;
    private final Compute compute;
    private final int width;
    /** Where in the file each text's states begin. */
    private final Map<Encoding, Long> places;

    private FrozenStates(ScratchFile file, Part part, Backbone backbone, Map<Encoding, Long> places) {
        this.file = file;
        this.part = part;
        this.compute = backbone.compute();
        this.width = backbone.anatomy().hidden();
        this.places = places;
    }

    /**
     * Computes the states of texts on all workers.
     *
     * @param part of a network whose weights the caller keeps open; as wide as the backbone's hidden states
     * @param observer called before each piece, from several threads; what it throws ends the computation
     * @param remarks gets a sentence if the disk has no room for the states
     * @return empty if there is no room
     */
    static Optional<FrozenStates> of(
            Part part,
            Backbone backbone,
            List<Encoding> texts,
            SequenceClassifier.BatchObserver observer,
            Consumer<String> remarks) {
        try {
            return of(
                    part,
                    backbone,
                    texts,
                    Files.getFileStore(ScratchFile.folder()).getUsableSpace(),
                    observer,
                    remarks);
        } catch (IOException e) {
            remarks.accept(anew(AtomicFile.reason(e)));
            return Optional.empty();
        }
    }

    /**
     * Does the same.
     *
     * @param free the bytes that are free
     */
    static Optional<FrozenStates> of(
            Part part,
            Backbone backbone,
            List<Encoding> texts,
            long free,
            SequenceClassifier.BatchObserver observer,
            Consumer<String> remarks)
            throws IOException {
        List<Encoding> different = List.copyOf(new LinkedHashSet<>(texts));
        Map<Encoding, Long> places = new HashMap<>();
        long end = 0;
        for (Encoding text : different) {
            places.put(text, end);
            end += bytes(part.rows(text.length()), backbone.anatomy().hidden());
        }
        if (end > SHARE * free) {
            remarks.accept(anew(String.format(
                    Locale.ROOT,
                    "their states take %.1f GB, and %.1f GB are free, of which half may be used",
                    end / 1e9,
                    free / 1e9)));
            return Optional.empty();
        }
        FrozenStates states = new FrozenStates(ScratchFile.open(), part, backbone, places);
        boolean complete = false;
        try {
            states.compute(different, backbone, observer);
            complete = true;
            return Optional.of(states);
        } catch (UncheckedIOException e) {
            remarks.accept(anew(AtomicFile.reason(Objects.requireNonNull(e.getCause()))));
            return Optional.empty();
        } finally {
            if (!complete) {
                states.close();
            }
        }
    }

    private static String anew(String why) {
        return "the frozen layers read every text anew in each epoch, because " + ScratchFile.folder()
                + " cannot hold what they give: " + why
                + "; -Djava.io.tmpdir=FOLDER in JAVA_TOOL_OPTIONS names another folder";
    }

    private static long bytes(long rows, long width) {
        return rows * width * Float.BYTES;
    }

    private void compute(List<Encoding> texts, Backbone backbone, SequenceClassifier.BatchObserver observer) {
        int[] lengths = texts.stream().mapToInt(Encoding::length).toArray();
        List<Callable<Void>> pieces = new ArrayList<>();
        for (int[] rows : BatchPlan.sorted(lengths, compute.predictTexts(texts.size()), compute.predictTokens())) {
            pieces.add(() -> {
                observer.of(rows);
                try (PointerScope scope = new PointerScope();
                        NoGradGuard frozen = new NoGradGuard()) {
                    List<Encoding> batch = new ArrayList<>();
                    for (int row : rows) {
                        batch.add(texts.get(row));
                    }
                    write(
                            batch,
                            part.of(backbone.batch(batch))
                                    .to(ScalarType.Float)
                                    .cpu()
                                    .contiguous());
                }
                return null;
            });
        }
        compute.all(pieces);
    }

    private void write(List<Encoding> texts, Tensor states) {
        byte[] chunk = new byte[CHUNK];
        BytePointer memory = new BytePointer(states.data_ptr_float());
        long padded = bytes(states.size(1), width);
        for (int i = 0; i < texts.size(); i++) {
            long from = i * padded;
            long place = Objects.requireNonNull(places.get(texts.get(i)));
            long count = bytes(part.rows(texts.get(i).length()), width);
            for (long at = 0; at < count; at += CHUNK) {
                int size = (int) Math.min(CHUNK, count - at);
                memory.position(from + at).get(chunk, 0, size);
                try {
                    file.write(place + at, chunk, size);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    /** Whether the states of all these texts are here. */
    boolean have(List<Encoding> texts) {
        return places.keySet().containsAll(texts);
    }

    /**
     * The states of texts as one batch {@code [batch, rows, width]}, on the device. They belong to the surrounding scope.
     *
     * @param length the padded length in tokens
     * @throws InputException if the file cannot be read
     */
    Tensor read(List<Encoding> texts, int length) {
        int rows = part.rows(length);
        Tensor states = torch.zeros(new long[] {texts.size(), rows, width}, new TensorOptions(ScalarType.Float));
        byte[] chunk = new byte[CHUNK];
        BytePointer memory = new BytePointer(states.data_ptr_float());
        for (int i = 0; i < texts.size(); i++) {
            long into = i * bytes(rows, width);
            long place = Objects.requireNonNull(places.get(texts.get(i)));
            long count = bytes(part.rows(texts.get(i).length()), width);
            for (long at = 0; at < count; at += CHUNK) {
                int size = (int) Math.min(CHUNK, count - at);
                try {
                    file.read(place + at, chunk, size);
                } catch (IOException e) {
                    throw new InputException(
                            "a temporary file in " + ScratchFile.folder() + " cannot be read: " + AtomicFile.reason(e),
                            e);
                }
                memory.position(into + at).put(chunk, 0, size);
            }
        }
        return compute.move(states);
    }

    @Override
    public void close() {
        file.close();
    }
}
