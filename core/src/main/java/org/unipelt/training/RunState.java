package org.unipelt.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.InputException;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.Weights;

/**
 * The resumable state of a run in one safetensors file: trained tensors now and at their best, the optimiser's moments,
 * and how far training has come. Random numbers need no state: their streams are addressed by seed and step.
 */
final class RunState {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PROGRESS = "progress";
    private static final String NOW = "now.";
    private static final String BEST = "best.";

    /**
     * How far training has come.
     *
     * @param epoch the epoch at hand, from 0
     * @param batch the next batch of it, from 0
     * @param step steps made
     * @param lossSum sum of the losses of this epoch's steps so far
     * @param best the best metric so far; NaN before the first evaluation
     * @param bestEpoch the epoch that reached it, from 0; -1 before
     * @param withoutGain evaluations since
     */
    record Progress(int epoch, int batch, long step, double lossSum, double best, int bestEpoch, int withoutGain) {
        static final Progress START = new Progress(0, 0, 0, 0, Double.NaN, -1, 0);

        Progress stepped(double loss) {
            return new Progress(epoch, batch + 1, step + 1, lossSum + loss, best, bestEpoch, withoutGain);
        }

        /** After the evaluation that ends an epoch. */
        Progress evaluated(double value, boolean gain) {
            return gain
                    ? new Progress(epoch + 1, 0, step, 0, value, epoch, 0)
                    : new Progress(epoch + 1, 0, step, 0, best, bestEpoch, withoutGain + 1);
        }
    }

    /** A state read back; {@code moments} is the caller's to close. */
    record Restored(Progress progress, Weights moments) {}

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
        try {
            Safetensors.write(file, all, Map.of(PROGRESS, JSON.writeValueAsString(progress)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Reads a state and copies its tensors into {@code now} and {@code best}; {@code moments} are of the same shapes. */
    static Restored read(Path file, Map<String, Tensor> now, Map<String, Tensor> best, Map<String, Tensor> moments) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard();
                Weights saved = Safetensors.read(file)) {
            Progress progress = JSON.readValue(Safetensors.metadata(file).getOrDefault(PROGRESS, "{}"), Progress.class);
            now.forEach((name, tensor) -> tensor.copy_(saved(file, saved, NOW + name, tensor)));
            best.forEach((name, tensor) -> tensor.copy_(saved(file, saved, BEST + name, tensor)));
            moments.forEach((name, tensor) -> saved(file, saved, name, tensor));
            return new Restored(progress, Weights.of(saved.select(moments.keySet())));
        } catch (JsonProcessingException e) {
            throw new InputException(
                    file + ": not the state of a run: " + InputException.parserWords(e.getOriginalMessage()), e);
        }
    }

    private static Tensor saved(Path file, Weights saved, String name, Tensor like) {
        if (!saved.has(name)) {
            throw new InputException(file + ": not the state of this run: tensor '" + name + "' is missing");
        }
        Tensor tensor = saved.get(name);
        if (!Arrays.equals(tensor.shape(), like.shape())) {
            throw new InputException(file + ": not the state of this run: tensor '" + name + "' has shape "
                    + Arrays.toString(tensor.shape()) + ", wanted is " + Arrays.toString(like.shape()));
        }
        return tensor;
    }
}
