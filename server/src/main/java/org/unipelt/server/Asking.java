package org.unipelt.server;

import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.unipelt.data.Example;
import org.unipelt.tuned.MixedBatch;

/** Takes the texts of a request to the batches, and its answers back to the client. */
final class Asking {
    /** A client says in this header how many milliseconds it waits. */
    static final String DEADLINE = "X-Timeout-Ms";

    private final Batches batches;
    private final long deadline;

    Asking(Batches batches, ServerSettings settings) {
        this.batches = batches;
        this.deadline = settings.batching().deadline().toMillis();
    }

    /**
     * Answers texts. Returns at once; the answer is written when it is there.
     *
     * @param models the model of each text
     * @param cut whether texts that are longer than a model reads are cut
     * @param write writes the answers
     * @throws Problem if a text is too long and must not be cut, or the queue is full
     */
    void answer(
            Context request,
            Texts texts,
            List<ServedModel> models,
            boolean cut,
            Consumer<List<MixedBatch.Result>> write) {
        answer(request, rows(texts, models, cut), write);
    }

    /** Answers texts whose tokens are counted. */
    void answer(Context request, List<Batches.Row> rows, Consumer<List<MixedBatch.Result>> write) {
        Caller caller = Caller.of(request);
        CompletableFuture<List<MixedBatch.Result>> asked = batches.ask(rows, deadline(request), caller::isGone);
        request.future(() -> asked.handleAsync(
                (results, failure) -> {
                    if (failure != null) {
                        throw (Problem) failure;
                    }
                    write.accept(results);
                    return null;
                },
                caller.threads()));
    }

    /**
     * Counts the tokens of texts.
     *
     * @param models the model of each text
     * @param cut whether texts that are longer than a model reads are cut
     * @throws Problem if a text is too long and must not be cut, or does not fit its model, or the queue is full
     */
    List<Batches.Row> rows(Texts texts, List<ServedModel> models, boolean cut) {
        texts.requireFit(models);
        // A request that finds the queue full costs nothing more.
        batches.requireRoom(models.size());
        Map<ServedModel, List<Integer>> places = new LinkedHashMap<>();
        for (int i = 0; i < models.size(); i++) {
            places.computeIfAbsent(models.get(i), model -> new ArrayList<>()).add(i);
        }
        Batches.Row[] rows = new Batches.Row[models.size()];
        places.forEach((model, own) -> {
            List<Example> examples = own.stream().map(texts.examples()::get).toList();
            // Open until its tokens are counted.
            model.begin();
            int[] tokens;
            try {
                tokens = model.tokens(examples);
            } finally {
                model.end();
            }
            for (int i = 0; i < tokens.length; i++) {
                if (!cut && tokens[i] > model.longest()) {
                    throw Problem.tooLarge("the text at place " + own.get(i) + " has more than the " + model.longest()
                            + " tokens that the model '" + model.name()
                            + "' reads; let \"truncate\" be true to cut it");
                }
                rows[own.get(i)] = new Batches.Row(model, examples.get(i), Math.min(tokens[i], model.longest()));
            }
        });
        return List.of(rows);
    }

    private long deadline(Context request) {
        String given = request.header(DEADLINE);
        if (given == null) {
            return deadline;
        }
        if (!given.matches("[1-9]\\d{0,8}")) {
            throw Problem.malformed("the header " + DEADLINE + " must be a whole number of milliseconds of at least 1");
        }
        return Math.min(deadline, Long.parseLong(given));
    }
}
