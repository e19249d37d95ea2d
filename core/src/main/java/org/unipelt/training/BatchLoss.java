package org.unipelt.training;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Observer;
import org.unipelt.backbone.Pass;
import org.unipelt.task.Objective;
import org.unipelt.tensor.Dropout;
import org.unipelt.tensor.Rng;

/** The loss of a batch, piece by piece: every process that computes a piece of a step gets the same. */
record BatchLoss(Objective objective, TrainingConfig config) {
    /** Returns the number of pieces that a batch is divided into. */
    int pieces(int... rows) {
        return objective.compute().trainPieces(rows.length, objective.paddedLength(rows));
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
