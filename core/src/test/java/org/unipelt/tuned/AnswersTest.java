package org.unipelt.tuned;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.hub.BaseModel;
import org.unipelt.run.Tuning;
import org.unipelt.task.Answer;
import org.unipelt.testkit.TinyBert;

/** Answers a stream of examples in bounded memory. */
class AnswersTest {
    private static final int WINDOW = 4;

    @TempDir
    private static java.nio.file.Path work;

    private static BaseModel base;
    private static TunedModel model;

    @BeforeAll
    static void train() throws java.io.IOException {
        base = BaseModel.open(TinyBert.write(work.resolve("bert")).toString());
        Dataset rows =
                Dataset.of(List.of("good", "bad", "good w1", "bad w1"), text -> text, text -> text.split(" ")[0]);
        model = Tuning.of(base, "head")
                .on(rows)
                .with(settings -> settings.epochs(1).maxLength(16))
                .train(work.resolve("tuned"));
    }

    @AfterAll
    static void close() {
        model.close();
        base.close();
    }

    private static Example example(int i) {
        return Example.of("w" + i + (i % 3 == 0 ? " good so i" : " bad"));
    }

    @Test
    void readsNoFurtherAheadThanAWindowAndKeepsTheOrder() {
        AtomicInteger read = new AtomicInteger();
        List<Answer> answers = new ArrayList<>();
        // Without an end: only a lazy stream can be read.
        try (Stream<Answer> stream = model.predict(
                Stream.iterate(0, i -> i + 1).peek(i -> read.incrementAndGet()).map(AnswersTest::example), WINDOW)) {
            assertThat(read.get())
                    .as("nothing is read before an answer is asked for")
                    .isZero();
            stream.limit(10).forEach(answer -> {
                answers.add(answer);
                assertThat(read.get() - answers.size()).isBetween(0, WINDOW - 1);
            });
        }
        List<Answer> together = model.predict(
                IntStream.range(0, 10).mapToObj(AnswersTest::example).toList());
        for (int i = 0; i < 10; i++) {
            Answer.Label answer = (Answer.Label) answers.get(i);
            Answer.Label same = (Answer.Label) together.get(i);
            assertThat(answer.text()).isEqualTo(same.text());
            // Other batches, other last bits.
            assertThat(answer.probability()).isCloseTo(same.probability(), within(1e-5));
        }
        assertThat(model.predict(Stream.empty())).isEmpty();
    }

    @Test
    void aParallelStreamReadsNoFurtherAheadEither() {
        AtomicInteger read = new AtomicInteger();
        AtomicInteger answered = new AtomicInteger();
        model.predict(IntStream.range(0, 30).peek(i -> read.incrementAndGet()).mapToObj(AnswersTest::example), WINDOW)
                .parallel()
                .forEach(answer ->
                        assertThat(read.get() - answered.getAndIncrement()).isBetween(1, WINDOW));
        assertThat(answered).hasValue(30);
    }

    @Test
    void closingTheAnswersClosesTheExamples() {
        AtomicBoolean closed = new AtomicBoolean();
        model.predict(Stream.of(example(1)).onClose(() -> closed.set(true))).close();
        assertThat(closed).isTrue();
    }

    @Test
    void aBadExampleIsNamedByItsNumber() {
        assertThatThrownBy(() -> model.predict(Stream.of(example(1), null)).toList())
                .isInstanceOf(InputException.class)
                .hasMessage("the stream, example 2: is null; leave it out");
        List<Answer> before = new ArrayList<>();
        assertThatThrownBy(() -> model.predict(Stream.of(example(1), example(2), Example.ofPair("w1", "w2")), 2)
                        .forEach(before::add))
                .isInstanceOf(InputException.class)
                .hasMessage("the stream, example 3: has a second text, but this model was trained on single texts");
        assertThat(before).as("the windows before have their answers").hasSize(2);
        assertThatThrownBy(() -> model.predict(Stream.of("w1", "w2", " ").map(Example::of))
                        .toList())
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("the stream, example 3: an example's text is blank");
        assertThatThrownBy(() -> model.predict(Stream.of(example(1)), 0))
                .isInstanceOf(InputException.class)
                .hasMessage("the window is 0; give 1 or more");
    }
}
