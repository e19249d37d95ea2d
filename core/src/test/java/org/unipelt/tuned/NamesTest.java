package org.unipelt.tuned;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.backbone.Pooling;
import org.unipelt.data.ClassWeights;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Span;
import org.unipelt.data.SpanSet;
import org.unipelt.hub.BaseModel;
import org.unipelt.interop.Export;
import org.unipelt.run.Tuning;
import org.unipelt.task.Answer;
import org.unipelt.testkit.TinyBert;

/** Names found in the texts of a program's own rows, on a tiny model: trained, saved, loaded, in long texts, with gates. */
class NamesTest {
    @TempDir
    private Path work;

    /** A row of n words in which "great" is a name with one label, and "awful film" one with another. */
    private static Example row(int seed, int words) {
        StringBuilder text = new StringBuilder();
        List<Span> spans = new ArrayList<>();
        for (int i = 0; i < words; i++) {
            text.append(i == 0 ? "" : " ");
            int start = text.length();
            switch ((seed * 7 + i * 5) % 11) {
                case 0 -> {
                    text.append("great");
                    spans.add(new Span(start, text.length(), "praise"));
                }
                case 1 -> {
                    text.append("awful film");
                    spans.add(new Span(start, text.length(), "work"));
                }
                default -> text.append("w").append((seed + 3 * i) % 9);
            }
        }
        return Example.of(text.toString()).labelled(new SpanSet(spans));
    }

    private static Dataset rows(int from, int count, int words) {
        return Dataset.of(IntStream.range(from, from + count)
                .mapToObj(seed -> row(seed, words))
                .toList());
    }

    private static List<Span> found(Answer answer) {
        return ((Answer.Spans) answer)
                .spans().stream()
                        .map(span -> new Span(span.start(), span.end(), span.label()))
                        .toList();
    }

    @Test
    void aTunedModelFindsNamesAfterItIsLoadedAndInLongTexts() throws IOException {
        Path folder = work.resolve("names");
        // The words are known to the tiny model, but for w: 30 tokens and more do not fit its 24.
        Dataset longer = rows(200, 4, 40);
        try (BaseModel base =
                BaseModel.open(TinyBert.write(work.resolve("bert")).toString())) {
            List<Answer> before;
            try (TunedModel model = Tuning.of(base, "unipelt(adapter(bottleneck=4),lora(rank=2))")
                    .on(DataRows.of(rows(0, 40, 12)).withTest(rows(100, 10, 12)).withLabels(LabelKind.TOKENS))
                    .with(settings ->
                            settings.epochs(40).batchSize(8).maxLength(24).learningRate(0.01))
                    .train(folder)) {
                assertThat(model.labels().names()).containsExactly("praise", "work");
                assertThat(model.card().metrics().get("test").keySet())
                        .containsExactly("entity-f1", "entity-precision", "entity-recall", "entity-macro-f1");
                assertThat(model.card().metrics().get("test").get("entity-f1")).isGreaterThan(0.9);
                before = model.predict(longer.examples());
                assertThat(model.gates(longer.examples())).isNotEmpty().allSatisfy(gate -> assertThat(gate.values())
                        .hasSize(4));
                assertThatThrownBy(() -> Export.write(model, Export.Format.ONNX, false, work.resolve("onnx")))
                        .isInstanceOf(InputException.class)
                        .hasMessage("a model that finds names in texts is used here alone; format onnx has only models"
                                + " that answer for a whole text");
            }
            try (TunedModel model = TunedModel.load(folder, base)) {
                assertThat(model.predict(longer.examples())).isEqualTo(before);
                // Every word is answered for where windows meet.
                assertThat(model.evaluate(longer).metrics().get("entity-f1")).isGreaterThan(0.7);
                assertThat(found(before.get(0))).hasSizeGreaterThan(5);
                assertThat(model.evaluate(longer)
                                .entities()
                                .orElseThrow()
                                .get(0)
                                .label())
                        .isEqualTo("praise");
                assertThat(model.predict("w1 great w4 awful film").text())
                        .isEqualTo("great (praise); awful film (work)");
            }
        }
    }

    @Test
    void whatDoesNotFitIsRefused() throws IOException {
        DataRows rows = DataRows.of(rows(0, 20, 6)).withLabels(LabelKind.TOKENS);
        try (BaseModel base =
                BaseModel.open(TinyBert.write(work.resolve("bert")).toString())) {
            assertThatThrownBy(() -> Tuning.of(base, "head")
                            .on(rows)
                            .pooling(Pooling.FIRST)
                            .train(work.resolve("a")))
                    .hasMessage("pooling is for a model that reads one vector a text; leave it out with names found in"
                            + " texts");
            assertThatThrownBy(() -> Tuning.of(base, "head")
                            .on(rows)
                            .with(settings ->
                                    settings.classWeights(ClassWeights.BALANCED).maxLength(24))
                            .train(work.resolve("b")))
                    .hasMessage("class weights are for classes, not for names found in texts; leave them out");
            Dataset pairs = Dataset.of(List.of(
                    Example.ofPair("great", "w1").labelled(SpanSet.of(new Span(0, 5, "praise"))),
                    Example.ofPair("w2", "w1").labelled(SpanSet.NONE)));
            assertThatThrownBy(() -> Tuning.of(base, "head")
                            .on(DataRows.of(pairs).withDev(pairs).withLabels(LabelKind.TOKENS))
                            .with(settings -> settings.maxLength(24))
                            .train(work.resolve("c")))
                    .hasMessage("names are found in single texts; leave out the second texts");
        }
    }
}
