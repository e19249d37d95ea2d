package org.unipelt.server;

import java.util.List;
import org.unipelt.data.Example;
import org.unipelt.task.Answer;
import org.unipelt.tuned.TunedModel;

/** Computes a batch. */
@FunctionalInterface
interface Answering {
    /** An example for a model. */
    record Request(TunedModel model, Example example) {}

    /**
     * Answers examples of models that are on one base model, in their order.
     *
     * @throws org.unipelt.InputException if a model cannot answer its example
     */
    List<Answer> answer(List<Request> requests);
}
