package org.unipelt.server;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.unipelt.data.Example;
import org.unipelt.task.Answer;
import org.unipelt.tuned.TunedModel;

/** Computes the examples of each model together, one model after the other. */
final class ByModel implements Answering {
    @Override
    public List<Answer> answer(List<Request> requests) {
        Map<TunedModel, List<Example>> examples = new LinkedHashMap<>();
        for (Request request : requests) {
            examples.computeIfAbsent(request.model(), model -> new ArrayList<>())
                    .add(request.example());
        }
        Map<TunedModel, Iterator<Answer>> answers = new LinkedHashMap<>();
        examples.forEach(
                (model, texts) -> answers.put(model, model.predict(texts).iterator()));
        return requests.stream()
                .map(request -> answers.get(request.model()).next())
                .toList();
    }
}
