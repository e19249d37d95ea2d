package org.unipelt.run;

import java.util.Map;
import org.unipelt.training.End;
import org.unipelt.training.TrainingEvent;

/** A run and the listener that follows it: the listener hears the end of what it heard begin, whatever happens between. */
final class FollowedRun implements AutoCloseable {
    private final TrainingEvent.Listener listener;
    private boolean begun;
    private End end = End.FAILED;

    FollowedRun(TrainingEvent.Listener listener) {
        this.listener = listener;
    }

    TrainingEvent.Listener listener() {
        return listener;
    }

    void begin(Map<String, String> settings) {
        listener.settings(settings);
        begun = true;
    }

    void finished(Map<String, Map<String, Double>> scores) {
        listener.scores(scores);
        end = End.FINISHED;
    }

    void stopped() {
        end = End.STOPPED;
    }

    @Override
    public void close() {
        if (begun) {
            listener.over(end);
        }
    }
}
