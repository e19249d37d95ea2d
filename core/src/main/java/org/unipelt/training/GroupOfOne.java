package org.unipelt.training;

import java.time.Duration;
import java.util.Objects;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** A process alone: it keeps what it sends. */
enum GroupOfOne implements Group {
    INSTANCE;

    @Override
    public int rank() {
        return 0;
    }

    @Override
    public int world() {
        return 1;
    }

    @Override
    public Duration patience() {
        return USUAL_PATIENCE;
    }

    @Override
    public void broadcast(Tensor tensor) {
        Objects.requireNonNull(tensor, "tensor is null");
    }

    @Override
    public void allToAll(Tensor send, long[] sendCounts, Tensor receive, long[] receiveCounts) {
        Objects.requireNonNull(send, "send is null");
        Objects.requireNonNull(sendCounts, "sendCounts is null");
        Objects.requireNonNull(receive, "receive is null");
        Objects.requireNonNull(receiveCounts, "receiveCounts is null");
        try (NoGradGuard frozen = new NoGradGuard()) {
            receive.copy_(send);
        }
    }

    @Override
    public void close() {}
}
