package org.unipelt.server;

import java.time.Instant;
import java.util.List;
import org.unipelt.data.Example;
import org.unipelt.hub.BaseModel;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.TunedModel;

/** A tuned model under its name, with the texts that it has begun: {@link #retire} waits for them. Thread safe. */
final class ServedModel {
    private final String name;
    private final TunedModel model;
    private final BaseModel base;
    private final Instant loaded = Instant.now();
    private int begun;
    private boolean retired;

    ServedModel(String name, TunedModel model, BaseModel base) {
        this.name = name;
        this.model = model;
        this.base = base;
    }

    String name() {
        return name;
    }

    TunedModel model() {
        return model;
    }

    AdapterCard card() {
        return model.card();
    }

    BaseModel base() {
        return base;
    }

    Instant loaded() {
        return loaded;
    }

    /**
     * Begins a text, which keeps the model open until {@link #end}.
     *
     * @throws Problem if the model is being unloaded
     */
    synchronized void begin() {
        if (retired) {
            throw Problem.unknown("the model '" + name + "' is being unloaded; ask another");
        }
        begun++;
    }

    synchronized void end() {
        begun--;
        notifyAll();
    }

    /** Refuses further texts, waits for those it has begun, and closes the model. */
    void retire() {
        boolean interrupted = false;
        synchronized (this) {
            retired = true;
            while (begun > 0) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        model.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Counts the tokens of texts; one more than the model reads stands for any larger number. Counts in this thread: the
     * workers are busy with batches, and a request that is refused, or asks only whether the server lives, must not wait for
     * them.
     *
     * @return the tokens of each text
     */
    int[] tokens(List<Example> examples) {
        int most = longest() + 1;
        return examples.stream()
                .mapToInt(example -> base.tokenizer()
                        .encode(example.text(), example.pair(), most)
                        .length())
                .toArray();
    }

    /** Returns the most tokens of a text that the model reads. */
    int longest() {
        return card().inference().maxLength();
    }
}
