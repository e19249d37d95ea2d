package org.unipelt.training;

import com.fasterxml.jackson.annotation.JacksonInject;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.OptBoolean;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.InjectableValues;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.files.StrictJson;
import org.unipelt.tensor.DType;
import org.unipelt.tensor.Fingerprint;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.Weights;

/**
 * The resumable state of a run in one safetensors file: the current and the best trained tensors, the optimiser's
 * moments, and the progress. Random numbers need no state: seed and step determine them.
 */
final class RunState {
    /** Earlier versions saved no {@code start}: it was not evaluated. Nor did listeners end a training. */
    private static final ObjectMapper JSON = StrictJson.mapper()
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .injectableValues(
                    new InjectableValues.Std().addValue("start", Double.NaN).addValue("ended", false))
            .build();

    private static final String PROGRESS = "progress";
    /** Covers all tensors and the progress; absent in states of earlier versions. */
    private static final String CHECKSUM = "checksum";

    private static final String NOW = "now.";
    private static final String BEST = "best.";

    /**
     * The progress of training.
     *
     * @param epoch the current epoch, from 0
     * @param batch the next batch of the epoch, from 0
     * @param step number of steps made
     * @param lossSum sum of the losses of this epoch's steps so far
     * @param start the metric before the first step; NaN if it was not evaluated
     * @param best the metric of the best state; NaN before the first evaluation
     * @param bestEpoch the epoch of the best state, from 0; -1 for the start, or before the first evaluation
     * @param withoutGain evaluations since then
     * @param ended whether a listener ended the training; its last epoch may then lack steps
     */
    record Progress(
            int epoch,
            int batch,
            long step,
            double lossSum,

            @JacksonInject(value = "start", useInput = OptBoolean.TRUE)
            double start,

            double best,
            int bestEpoch,
            int withoutGain,

            @JacksonInject(value = "ended", useInput = OptBoolean.TRUE) @JsonInclude(JsonInclude.Include.NON_DEFAULT)
            boolean ended) {
        static final Progress START = new Progress(0, 0, 0, 0, Double.NaN, Double.NaN, -1, 0, false);

        /** Checks what holds for every run. */
        Progress {
            boolean counts = epoch >= 0 && batch >= 0 && step >= 0 && withoutGain >= 0 && withoutGain <= epoch;
            boolean values = Double.isFinite(lossSum) && !Double.isInfinite(start) && !Double.isInfinite(best);
            if (!counts || !values || bestEpoch < -1 || bestEpoch > epoch) {
                throw new InputException("its progress is impossible");
            }
        }

        /** Whether a run with this many batches per epoch and epochs can be here. */
        boolean isOf(int batches, int epochs) {
            long whole = (long) epoch * batches + batch;
            return epoch <= epochs && batch <= batches && (ended ? step <= whole : step == whole);
        }

        boolean isStart() {
            return step == 0 && isUnjudged();
        }

        /** Whether no evaluation was made yet. */
        boolean isUnjudged() {
            return bestEpoch < 0 && Double.isNaN(start);
        }

        Progress stepped(double loss) {
            return new Progress(epoch, batch + 1, step + 1, lossSum + loss, start, best, bestEpoch, withoutGain, ended);
        }

        /** The progress after a listener has ended the training. */
        Progress byListener() {
            return new Progress(epoch, batch, step, lossSum, start, best, bestEpoch, withoutGain, true);
        }

        /** The progress after the evaluation before the first step. */
        Progress begun(double value) {
            return new Progress(epoch, batch, step, lossSum, value, value, bestEpoch, withoutGain, ended);
        }

        /**
         * The progress after the evaluation at the end of an epoch.
         *
         * @param gain whether the patience starts again
         * @param kept whether this epoch's state is the best
         */
        Progress evaluated(double value, boolean gain, boolean kept) {
            return new Progress(
                    epoch + 1,
                    0,
                    step,
                    0,
                    start,
                    kept ? value : best,
                    kept ? epoch : bestEpoch,
                    gain ? 0 : withoutGain + 1,
                    ended);
        }

        /** The progress after an epoch without development data. */
        Progress passed() {
            return new Progress(epoch + 1, 0, step, 0, start, best, epoch, 0, ended);
        }
    }

    /**
     * A state that was read. The caller closes {@code moments}.
     *
     * @param checked whether it had a checksum; earlier versions wrote none
     */
    record Restored(Progress progress, Weights moments, boolean checked) {}

    private RunState() {}

    static void write(
            Path file,
            Progress progress,
            Map<String, Tensor> now,
            Map<String, Tensor> best,
            Map<String, Tensor> moments) {
        Map<String, Tensor> all = new LinkedHashMap<>();
        now.forEach((name, tensor) -> all.put(NOW + name, tensor));
        best.forEach((name, tensor) -> all.put(BEST + name, tensor));
        all.putAll(moments);
        try (PointerScope scope = new PointerScope()) {
            all.replaceAll((name, tensor) -> tensor.detach().cpu().contiguous());
            String text = JSON.writeValueAsString(progress);
            try (Weights weights = Weights.of(all)) {
                Safetensors.write(file, all, Map.of(PROGRESS, text, CHECKSUM, Fingerprint.of(weights, text)));
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Reads a state and copies its tensors into {@code now} and {@code best}; {@code moments} give the shapes. */
    static Restored read(Path file, Map<String, Tensor> now, Map<String, Tensor> best, Map<String, Tensor> moments) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard();
                Weights saved = Safetensors.read(file)) {
            Map<String, String> metadata = Safetensors.metadata(file);
            String text = metadata.getOrDefault(PROGRESS, "{}");
            Progress progress = JSON.readValue(text, Progress.class);
            if (!Set.of(PROGRESS, CHECKSUM).containsAll(metadata.keySet())) {
                throw new InputException(file + ": not the state of a run: it holds " + metadata.keySet());
            }
            now.forEach((name, tensor) -> check(file, saved, NOW + name, tensor));
            best.forEach((name, tensor) -> check(file, saved, BEST + name, tensor));
            moments.forEach((name, tensor) -> check(file, saved, name, tensor));
            int wanted = now.size() + best.size() + moments.size();
            if (saved.names().size() != wanted) {
                throw new InputException(file + ": not the state of this run: it holds "
                        + saved.names().size() + " tensors, wanted are " + wanted);
            }
            boolean checked = metadata.containsKey(CHECKSUM);
            if (checked && !Objects.requireNonNull(metadata.get(CHECKSUM)).equals(Fingerprint.of(saved, text))) {
                throw new InputException(file + ": was changed or damaged since it was written, as its checksum shows;"
                        + " restore it, or begin the run again");
            }
            now.forEach((name, tensor) -> tensor.copy_(saved.get(NOW + name)));
            best.forEach((name, tensor) -> tensor.copy_(saved.get(BEST + name)));
            return new Restored(progress, Weights.of(saved.select(moments.keySet())), checked);
        } catch (JsonProcessingException e) {
            throw new InputException(file + ": not the state of a run: " + StrictJson.words(e), e);
        }
    }

    private static void check(Path file, Weights saved, String name, Tensor like) {
        if (!saved.has(name)) {
            throw new InputException(file + ": not the state of this run: tensor '" + name + "' is missing");
        }
        Tensor tensor = saved.get(name);
        if (DType.of(tensor) != DType.of(like)) {
            throw new InputException(file + ": not the state of this run: tensor '" + name + "' has the type "
                    + DType.of(tensor) + ", wanted is " + DType.of(like));
        }
        if (!Arrays.equals(tensor.shape(), like.shape())) {
            throw new InputException(file + ": not the state of this run: tensor '" + name + "' has shape "
                    + Arrays.toString(tensor.shape()) + ", wanted is " + Arrays.toString(like.shape()));
        }
    }
}
