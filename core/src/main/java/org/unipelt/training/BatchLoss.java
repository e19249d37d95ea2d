package org.unipelt.training;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Observer;
import org.unipelt.backbone.Pass;
import org.unipelt.task.Objective;
import org.unipelt.tensor.Dropout;
import org.unipelt.tensor.Rng;

/**
 * The loss of a batch, piece by piece: every process that computes a piece of a step gets the same.
 *
 * @param trained how many numbers are trained
 */
record BatchLoss(Objective objective, TrainingConfig config, long trained) {
    BatchLoss(Objective objective, TrainingConfig config) {
        this(
                objective,
                config,
                objective.trained().values().stream().mapToLong(Tensor::numel).sum());
    }

    /** Returns the most pieces that a batch of that many examples of that length is divided into. */
    int pieces(int examples, int length) {
        return objective.compute().trainPieces(examples, length, trained);
    }

    /** Returns the number of pieces that a batch is divided into. */
    int pieces(int... rows) {
        return pieces(rows.length, objective.paddedLength(rows));
    }

    /**
     * Computes a piece's share of the batch's mean loss.
     *
     * @param step the steps made before
     * @param rows the examples of the batch
     * @param piece from 0
     */
    Tensor of(long step, int[] rows, int piece, int pieces) {
        int[] members = Arrays.copyOfRange(rows, piece * rows.length / pieces, (piece + 1) * rows.length / pieces);
        Rng stream = Rng.of(config.seed(), "dropout.step." + step + "." + piece);
        return objective.loss(rows, members, new Pass(new Dropout(config.dropout(), stream), Observer.NONE));
    }
}
