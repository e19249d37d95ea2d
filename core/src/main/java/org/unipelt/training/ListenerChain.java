package org.unipelt.training;

import java.util.List;
import java.util.Map;

/** Several listeners as one. */
record ListenerChain(List<TrainingEvent.Listener> listeners) implements TrainingEvent.Listener {
    @Override
    public void on(TrainingEvent event) {
        listeners.forEach(each -> each.on(event));
    }

    @Override
    public boolean endsTraining() {
        return listeners.stream().anyMatch(TrainingEvent.Listener::endsTraining);
    }

    @Override
    public void settings(Map<String, String> byName) {
        int told = 0;
        try {
            for (TrainingEvent.Listener each : listeners) {
                each.settings(byName);
                told++;
            }
        } finally {
            // Those before the one that cannot follow have begun.
            if (told < listeners.size()) {
                listeners.subList(0, told).forEach(each -> each.over(End.FAILED));
            }
        }
    }

    @Override
    public void scores(Map<String, Map<String, Double>> byPart) {
        listeners.forEach(each -> each.scores(byPart));
    }

    @Override
    public void over(End end) {
        listeners.forEach(each -> each.over(end));
    }
}
