package org.unipelt.training;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.unipelt.InputException;
import org.unipelt.runtime.Engine;
import org.unipelt.task.Objective;
import org.unipelt.training.Order.Kind;
import org.unipelt.training.Order.Step;

/**
 * The other ranks of a group, as rank 0 sees them: each has the same model and computes its share of a batch's pieces.
 * While rank 0 does something else, as evaluating, they hear now and then that it is still there.
 *
 * <p>Rank 0 alone has the optimizer, and gives the trained tensors with every step: so the ranks cannot part ways, whatever
 * their processors, and none but rank 0 has a state to save.
 */
final class Replicas implements AutoCloseable {
    /** How often they hear of rank 0 in the time that they would wait. */
    private static final int SIGNS = 4;

    private static final Step NONE = new Step(0);

    private final Group group;
    private final Objective objective;
    private final OrderedReduce reduce;
    private final Order order;
    private final Thread signs;
    private long last = System.nanoTime();
    /** Whether they follow: until they are told the end, or an exchange fails. */
    private boolean following = true;

    private Optional<InputException> lost = Optional.empty();
    private boolean over;

    /** Replicas that wait for orders. The caller keeps the group. */
    Replicas(Group group, BatchLoss loss) {
        this.group = group;
        this.objective = loss.objective();
        this.reduce = new OrderedReduce(group, objective.trained(), objective.compute());
        this.order = new Order(group, objective.trained(), loss.config().batchSize());
        this.signs = Engine.thread(this::giveSigns, "unipelt-signs");
        signs.setDaemon(true);
        signs.start();
    }

    /**
     * Computes the gradients of a batch with all ranks.
     *
     * @param loss of the same objective, perhaps with something computed once
     * @throws InputException if a rank is gone
     */
    synchronized Gradients gradients(BatchLoss loss, long step, int... rows) {
        if (lost.isPresent()) {
            throw new InputException(lost.get().getMessage());
        }
        // If this does not come to its end, the others wait for an exchange, and can hear nothing else.
        following = false;
        order.send(Kind.STEP, new Step(step, rows));
        int pieces = loss.pieces(rows);
        int own = reduce.from(1, pieces);
        Gradients all;
        if (own == 0) {
            all = reduce.add(List.of(), pieces).orElseThrow();
        } else {
            try (Gradients mine = PieceSum.of(
                    objective.compute(), objective.trained(), own, piece -> loss.of(step, rows, piece, pieces))) {
                all = reduce.add(List.of(mine), pieces).orElseThrow();
            }
        }
        last = System.nanoTime();
        following = true;
        return all;
    }

    /** Lets the replicas go. Those that are gone already are not missed. */
    synchronized void end(Kind how) {
        if (following) {
            following = false;
            try {
                order.send(how, NONE);
            } catch (InputException e) {
                lost = Optional.of(e);
            }
        }
    }

    private void giveSigns() {
        Duration pause = group.patience().dividedBy(SIGNS);
        try {
            while (giveSign(pause)) {
                Thread.sleep(Math.max(1, pause.toMillis() / SIGNS));
            }
        } catch (InterruptedException e) {
            // This is closed.
        }
    }

    private synchronized boolean giveSign(Duration pause) {
        if (following && System.nanoTime() - last > pause.toNanos()) {
            try {
                order.send(Kind.WAIT, NONE);
                last = System.nanoTime();
            } catch (InputException e) {
                // The next step needs them, and says so; the end of the training does not.
                following = false;
                lost = Optional.of(e);
            }
        }
        return !over && lost.isEmpty();
    }

    @Override
    public void close() {
        end(Kind.FAILED);
        signs.interrupt();
        synchronized (this) {
            over = true;
            order.close();
        }
    }
}
