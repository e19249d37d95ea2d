package org.unipelt.tuned;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.data.Example;
import org.unipelt.data.TextReader;
import org.unipelt.task.Answer;

/**
 * Answers in the order of their examples, computed a window at a time when the first of them is asked for. Never more
 * than a window of examples and answers is in memory: it does not divide itself, so a parallel stream does not read
 * further ahead.
 */
final class Answers implements Spliterator<Answer> {
    private static final String NAME = "the stream";

    private final Iterator<Example> examples;
    private final TextReader windows;
    private final Function<List<Example>, List<Answer>> model;
    private final Deque<Answer> ready = new ArrayDeque<>();

    /**
     * Answers of a model.
     *
     * @param window the most examples that are read ahead
     * @param pairs whether the model reads pairs of texts
     */
    Answers(Iterator<Example> examples, int window, boolean pairs, Function<List<Example>, List<Answer>> model) {
        this.examples = new Checked(examples, pairs);
        this.windows = TextReader.of(NAME, this.examples, window);
        this.model = model;
    }

    /** Numbers the examples, and says which of them is at fault. */
    private static final class Checked implements Iterator<Example> {
        private final Iterator<Example> examples;
        private final boolean pairs;
        private long number = 1;

        Checked(Iterator<Example> examples, boolean pairs) {
            this.examples = examples;
            this.pairs = pairs;
        }

        /** A lazy stream makes its next element here, and may fail. */
        @Override
        public boolean hasNext() {
            try {
                return examples.hasNext();
            } catch (InputException e) {
                throw new InputException(where() + e.getMessage(), e);
            }
        }

        @Override
        public Example next() {
            Example next = examples.next();
            if (next == null) {
                throw new InputException(where() + "is null; leave it out");
            }
            if (next.pair().isPresent() != pairs) {
                throw new InputException(where()
                        + (pairs
                                ? "has no second text, but this model was trained on pairs of texts"
                                : "has a second text, but this model was trained on single texts"));
            }
            number++;
            return next;
        }

        private String where() {
            return NAME + ", example " + number + ": ";
        }
    }

    @Override
    public boolean tryAdvance(Consumer<? super Answer> action) {
        if (ready.isEmpty() && examples.hasNext()) {
            ready.addAll(model.apply(windows.next().stream()
                    .map(row -> row.example().orElseThrow())
                    .toList()));
        }
        if (ready.isEmpty()) {
            return false;
        }
        action.accept(ready.remove());
        return true;
    }

    @Override
    public @Nullable Spliterator<Answer> trySplit() {
        return null;
    }

    @Override
    public long estimateSize() {
        return Long.MAX_VALUE;
    }

    @Override
    public int characteristics() {
        return ORDERED | NONNULL;
    }
}
