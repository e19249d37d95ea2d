package org.unipelt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.unipelt.InputException;
import org.unipelt.backbone.Head;
import org.unipelt.backbone.Pooling;
import org.unipelt.data.LabelKind;
import org.unipelt.generation.Generation;
import org.unipelt.hub.BaseModel;
import org.unipelt.interop.Export.Format;
import org.unipelt.runtime.Engine;
import org.unipelt.task.Seq2Seq;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Device;
import org.unipelt.tensor.Precision;
import org.unipelt.tuned.TunedModel;

/** Models that another library cannot have, and folders that cannot be written: one line each, and nothing is left. */
class RefusedExportTest {
    @TempDir
    private Path folder;

    private static BaseModel bert;
    private static BaseModel bart;

    @BeforeAll
    static void bases() throws URISyntaxException {
        Engine.start();
        bert = BaseModel.open(checkpoint("bert-classifier"));
        bart = BaseModel.open(checkpoint("bart-classifier"));
    }

    @AfterAll
    static void close() {
        bert.close();
        bart.close();
    }

    private static String checkpoint(String name) throws URISyntaxException {
        return Path.of(RefusedExportTest.class
                        .getResource("/org/unipelt/checkpoints/" + name)
                        .toURI())
                .toString();
    }

    static Stream<Arguments> methods() {
        String other = "; take --format adapterhub";
        String elsewhere = "; take --format merged, for transformers alone";
        return Stream.of(
                Arguments.of(Format.PEFT, "unipelt(lora)", "peft has no gates" + other),
                Arguments.of(
                        Format.PEFT,
                        "unipelt(lora,ia3,gate=none)",
                        "peft has LoRA or (IA)3, not both at once" + elsewhere),
                Arguments.of(
                        Format.PEFT,
                        "unipelt(bitfit,gate=none)",
                        "peft has every bias only together with LoRA" + elsewhere),
                Arguments.of(
                        Format.PEFT,
                        "ia3(on=ffn-inner+ffn-down)",
                        "peft's (IA)3 rescales the input of a projection or its output, and this model has ffn-inner and"
                                + " ffn-down, both of the same one"),
                Arguments.of(
                        Format.ADAPTERHUB,
                        "unipelt(lora)",
                        "this model's gates average over a text's real tokens, and AdapterHub's over padding too, so its"
                                + " answers to padded texts would differ; export it all the same with"
                                + " --average-as-theirs, or train it with average=all"),
                Arguments.of(
                        Format.ADAPTERHUB,
                        "unipelt(lora,average=none)",
                        "AdapterHub has no gates of single tokens, average=none; its gates are means over a text"),
                Arguments.of(
                        Format.ADAPTERHUB,
                        "unipelt(prefix,lora,gate=central)",
                        "AdapterHub has no gate=central, only a gate for each method's change"),
                Arguments.of(
                        Format.ADAPTERHUB,
                        "unipelt(prefix(compose=lambda),lora,average=all)",
                        "AdapterHub has no prefix with compose=lambda behind a gate, only keys and values in front of the"
                                + " text's"),
                Arguments.of(
                        Format.ADAPTERHUB,
                        "unipelt(adapter,houlsby,gate=none)",
                        "AdapterHub has no model with two bottleneck adapters at once; train it with one"),
                Arguments.of(
                        Format.ADAPTERHUB,
                        "prefix(layers=top-1)",
                        "a prefix of some layers cannot be written for AdapterHub; train it without layers=top-1"),
                Arguments.of(
                        Format.ADAPTERHUB,
                        "lora(on=attention-out)",
                        "AdapterHub has no LoRA on attention-out, only on query, key, value, ffn-up and ffn-down; take"
                                + " --format peft"),
                Arguments.of(
                        Format.ADAPTERHUB,
                        "modification(form=bottleneck,at=attention,insert=parallel)",
                        "AdapterHub has no adapter beside attention that joins the heads: there it joins what the output"
                                + " projection makes of them; train it with at=ffn"),
                Arguments.of(
                        Format.ADAPTERHUB,
                        "modification(form=bottleneck,at=attention,insert=pfeiffer)",
                        "an adapter with insert=pfeiffer at attention cannot be written for AdapterHub; train it with"
                                + " insert=sequential, or with at=ffn"),
                Arguments.of(
                        Format.ADAPTERHUB,
                        "unipelt(lora,bitfit,gate=none)",
                        "AdapterHub has no method 'bitfit'" + elsewhere));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("methods")
    void aMethodThatTheyDoNotHave(Format format, String method, String line) throws IOException {
        try (TunedModel model = RandomModel.of(method, bert)) {
            refused(model, format, line);
        }
    }

    private void refused(TunedModel model, Format format, String line) throws IOException {
        assertThatThrownBy(() -> Export.write(model, format, false, folder.resolve("out")))
                .isInstanceOf(InputException.class)
                .hasMessage(line);
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void aHeadThatTheyDoNotHave() throws IOException {
        String peft =
                "peft puts an adapter on the classifier that transformers has for bert, whose head is one map after"
                        + " the pooler; this model's head is ";
        try (TunedModel first = headed(Head.LINEAR, Pooling.FIRST)) {
            refused(
                    first,
                    Format.PEFT,
                    peft + "one map after the first token's state; train again with --pooling pooler");
        }
        try (TunedModel dense = headed(Head.DENSE, Pooling.MEAN)) {
            refused(dense, Format.PEFT, peft + "two maps with tanh between them after the mean of the states");
            refused(
                    dense,
                    Format.ADAPTERHUB,
                    peft.replace("peft", "AdapterHub")
                            + "two maps with tanh between them after the mean of the states");
        }
        try (BaseModel bare = BaseModel.open("bge-small");
                TunedModel model = RandomModel.of(
                        "lora", bare, RandomModel.CLASSES, Optional.of(Head.LINEAR), Optional.of(Pooling.FIRST))) {
            refused(
                    model,
                    Format.PEFT,
                    "peft puts an adapter on the classifier that transformers has for bert, whose head bge-small lacks or"
                            + " this library does not have; this model's head is one map after the first token's state;"
                            + " take --format onnx, or try adapterhub or merged");
        }
        try (BaseModel bare = BaseModel.open("minilm-l6");
                TunedModel model = RandomModel.of(
                        "lora", bare, RandomModel.CLASSES, Optional.of(Head.LINEAR), Optional.of(Pooling.MEAN))) {
            refused(
                    model,
                    Format.ADAPTERHUB,
                    "AdapterHub puts an adapter on the classifier that transformers has for bert, whose head minilm-l6 lacks"
                            + " or this library does not have; this model's head is one map after the mean of the states;"
                            + " take --format onnx, or try merged");
        }
        try (BaseModel electra = open("electra-discriminator");
                TunedModel model = RandomModel.of(
                        "lora", electra, RandomModel.CLASSES, Optional.of(Head.DENSE), Optional.of(Pooling.FIRST))) {
            refused(
                    model,
                    Format.PEFT,
                    "peft puts an adapter on the classifier that transformers has for electra, whose head is two maps with"
                            + " GELU between them after the first token's state; this model's head is two maps with"
                            + " tanh between them after the first token's state");
            refused(
                    model,
                    Format.ADAPTERHUB,
                    "an adapter for a model of type 'electra' cannot be written for AdapterHub; known: bart, bert, mbart,"
                            + " roberta, xlm-roberta");
        }
    }

    private static TunedModel headed(Head form, Pooling pooling) {
        return RandomModel.of("lora", bert, RandomModel.CLASSES, Optional.of(form), Optional.of(pooling));
    }

    private static BaseModel open(String name) {
        try {
            return BaseModel.open(checkpoint(name));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aGeneratorOfTexts() throws IOException {
        Seq2Seq texts =
                new Seq2Seq(LabelKind.TRANSLATION, 12, 0, Optional.empty(), new Generation(12, 0, 1, 1, false, 0));
        try (TunedModel model = RandomModel.of("lora", bart, texts, Optional.empty(), Optional.empty())) {
            for (Format format : List.of(Format.PEFT, Format.ADAPTERHUB)) {
                refused(
                        model,
                        format,
                        "this model generates texts, and only the heads of classifiers and scorers are exported in this"
                                + " format");
            }
        }
    }

    @Test
    void aBaseModelInFewerBits() throws IOException, URISyntaxException {
        try (BaseModel narrow = BaseModel.open(checkpoint("bert-classifier"), Compute.of(Device.CPU, Precision.BF16));
                TunedModel model = RandomModel.of("lora", narrow)) {
            refused(model, Format.PEFT, "a model is exported in 32 bits; open its base model with precision f32");
        }
    }

    @Test
    void aFolderThatIsNotFree() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "mine");
        Path full = Files.createDirectory(folder.resolve("full"));
        Files.writeString(full.resolve("mine"), "mine");
        try (TunedModel model = RandomModel.of("lora", bert)) {
            assertThatThrownBy(() -> Export.write(model, Format.PEFT, false, full))
                    .isInstanceOf(InputException.class)
                    .hasMessage(full + " is not empty; choose another folder for the export");
            assertThatThrownBy(() -> Export.write(model, Format.PEFT, false, file))
                    .isInstanceOf(InputException.class)
                    .hasMessage(file + " is not a folder; choose another one for the export");
            assertThatThrownBy(() -> Export.write(model, Format.PEFT, false, file.resolve("within")))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("cannot be written");
        }
        assertThat(file).hasContent("mine");
        assertThat(full.resolve("mine")).hasContent("mine");
    }
}
