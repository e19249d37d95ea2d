package org.unipelt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
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
import org.unipelt.files.StrictJson;
import org.unipelt.files.WholeFile;
import org.unipelt.hub.BaseModel;
import org.unipelt.interop.Export.Format;
import org.unipelt.method.Methods;
import org.unipelt.method.Preset;
import org.unipelt.runtime.Engine;
import org.unipelt.task.Answer;
import org.unipelt.task.Regression;
import org.unipelt.task.Task;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.Weights;
import org.unipelt.tuned.TunedModel;

/**
 * What leaves for peft and AdapterHub comes back with the same answers, or is refused: every preset on a BERT, a RoBERTa
 * and a BART. That those libraries read the folders too, {@code tools/interop.py} shows.
 */
class ExportTest {
    private static final List<String> TEXTS = List.of("the cat sat", "a dog", "the dog sat on the mat");

    private static final String SAME = "";
    private static final String NO_GATES = "peft has no gates; take --format adapterhub";
    private static final String NO_ADAPTERS = "peft has no bottleneck adapters; take --format adapterhub";
    private static final String NO_SUB_LAYERS =
            "peft has no adapters beside or behind a sub-layer; take --format adapterhub";
    private static final String PEFT_PREFIX = "peft's prefix-tuning shifts the positions of the text's tokens, and this"
            + " model's does not; take --format adapterhub";
    private static final String PEFT_PREFIX_ADDED = PEFT_PREFIX.replace("; take --format adapterhub", "");
    private static final String NO_COMPACTER = NO_SUB_LAYERS.replace("; take --format adapterhub", "");
    private static final String PEFT_PROMPT =
            "peft's prompt tuning shifts the positions of the text's tokens, and this model's does not";
    private static final String HUB_PROMPT =
            "AdapterHub has no prompt like this model's: there it joins the text behind the"
                    + " norm of the embeddings, here before it";
    private static final String HUB_IA3 = "ia3 cannot be written for AdapterHub; take --format peft, which has it too";
    private static final String HUB_COMPACTER =
            "a compacter cannot be written for AdapterHub; train it with form=bottleneck";
    private static final String HUB_NORM =
            "an adapter with norm=in cannot be written for AdapterHub; train it with norm=none";
    private static final String PEFT_BITFIT =
            "peft has every bias only together with LoRA; take --format merged, for transformers alone";

    private static String none(String library, String method) {
        return library + " has no method '" + method + "'; take --format merged, for transformers alone";
    }

    private static String prefix(String compose) {
        return "AdapterHub has no prefix with compose=" + compose + ", only keys and values in front of the text's";
    }

    /** What becomes of a preset. */
    private record Fate(String peft, String adapterHub) {}

    private static final Fate GATED = new Fate(NO_GATES, SAME);

    private static final Map<String, Fate> FATES = Map.ofEntries(
            Map.entry("unipelt-al", GATED),
            Map.entry("unipelt-apl", GATED),
            Map.entry("unipelt-ap", GATED),
            Map.entry("unipelt-pl", GATED),
            Map.entry("unipelt-cpl", new Fate(NO_GATES, HUB_COMPACTER)),
            Map.entry("unipelt-mam", GATED),
            Map.entry("lora", new Fate(SAME, SAME)),
            Map.entry("adapter", new Fate(NO_ADAPTERS, SAME)),
            Map.entry("houlsby", new Fate(NO_ADAPTERS, SAME)),
            Map.entry("compacter", new Fate(NO_COMPACTER, HUB_COMPACTER)),
            Map.entry("prefix", new Fate(PEFT_PREFIX, SAME)),
            Map.entry("prompt", new Fate(PEFT_PROMPT, HUB_PROMPT)),
            Map.entry("ia3", new Fate(SAME, HUB_IA3)),
            Map.entry("bitfit", new Fate(PEFT_BITFIT, none("AdapterHub", "bitfit"))),
            Map.entry("probe", new Fate(none("peft", "probe"), none("AdapterHub", "probe"))),
            Map.entry("head", new Fate(none("peft", "head"), none("AdapterHub", "head"))),
            Map.entry("full", new Fate(none("peft", "full"), none("AdapterHub", "full"))),
            Map.entry("unipelt-al-nogate", new Fate(NO_ADAPTERS, SAME)),
            Map.entry("unipelt-apl-nogate", new Fate(NO_ADAPTERS, SAME)),
            Map.entry("unipelt-ap-nogate", new Fate(NO_ADAPTERS, SAME)),
            Map.entry("unipelt-pl-nogate", new Fate(PEFT_PREFIX, SAME)),
            Map.entry("mam", new Fate(PEFT_PREFIX, SAME)),
            Map.entry("scaled-parallel-adapter", new Fate(NO_SUB_LAYERS, SAME)),
            Map.entry("scaled-parallel-adapter-learned", new Fate(NO_SUB_LAYERS, SAME)),
            Map.entry("sequential-adapter-attn", new Fate(NO_SUB_LAYERS, HUB_NORM)),
            Map.entry("sequential-adapter-ffn", new Fate(NO_SUB_LAYERS, SAME)),
            Map.entry("parallel-adapter-attn", new Fate(NO_SUB_LAYERS, HUB_NORM)),
            Map.entry("parallel-adapter-ffn", new Fate(NO_SUB_LAYERS, SAME)),
            Map.entry("parallel-adapter-attn-ffn", new Fate(NO_SUB_LAYERS, HUB_NORM)),
            Map.entry("multi-head-parallel-adapter", new Fate(PEFT_PREFIX_ADDED, prefix("add"))),
            Map.entry("prefix-lambda", new Fate(PEFT_PREFIX, SAME)),
            Map.entry("prefix-add", new Fate(PEFT_PREFIX_ADDED, prefix("add"))),
            Map.entry("lora-ffn", new Fate(SAME, SAME)),
            Map.entry("prefix-lora-ffn", new Fate(PEFT_PREFIX, SAME)));

    private static final String GATES_IN_A_DECODER = "AdapterHub's gates are in the encoder and the decoder, and this"
            + " model's only in the encoder; train it with gate=none";

    @TempDir
    private Path folder;

    private int written;

    private static final Map<String, BaseModel> BASES = new LinkedHashMap<>();

    @BeforeAll
    static void bases() throws URISyntaxException {
        Engine.start();
        for (String name : List.of("bert", "roberta", "bart", "mpnet", "albert")) {
            BASES.put(
                    name,
                    BaseModel.open(Path.of(ExportTest.class
                                    .getResource("/org/unipelt/checkpoints/" + name + "-classifier")
                                    .toURI())
                            .toString()));
        }
    }

    @AfterAll
    static void close() {
        BASES.values().forEach(BaseModel::close);
    }

    static Stream<String> presets() {
        return Methods.presets().stream()
                .filter(preset -> preset.group() != Preset.Group.OTHER)
                .map(Preset::name);
    }

    @ParameterizedTest
    @MethodSource("presets")
    void aPresetComesBackOrIsRefused(String preset) {
        Fate fate = FATES.get(preset);
        assertThat(fate).as("what becomes of " + preset).isNotNull();
        String method = Methods.preset(preset).orElseThrow().text();
        for (String name : List.of("bert", "roberta", "bart")) {
            try (TunedModel model = RandomModel.of(method, BASES.get(name))) {
                check(model, name, Format.PEFT, fate.peft());
                boolean gatedDecoder =
                        name.equals("bart") && model.card().method().isGated();
                check(model, name, Format.ADAPTERHUB, gatedDecoder ? GATES_IN_A_DECODER : fate.adapterHub());
            }
        }
    }

    /** Methods that are no presets. */
    static Stream<Arguments> methods() {
        return Stream.of(
                Arguments.of(
                        "bert", Format.PEFT, "lora(rank=3,alpha=7.5,on=query+key+value+attention-out+ffn-up+ffn-down)"),
                Arguments.of("bert", Format.PEFT, "lora(on=ffn-down)"),
                Arguments.of("bert", Format.PEFT, "lora(rank=2,on=query+ffn-down,layers=top-1)"),
                // Its layer has a weight of its own, and a name without the layer's number.
                Arguments.of("albert", Format.PEFT, "lora(rank=2,layers=top-1)"),
                Arguments.of("bert", Format.ADAPTERHUB, "lora(rank=2,layers=top-1)"),
                Arguments.of("bert", Format.ADAPTERHUB, "unipelt(houlsby(layers=top-1),lora,average=all)"),
                Arguments.of("mpnet", Format.PEFT, "lora(on=query+attention-out+ffn-down)"),
                Arguments.of("bart", Format.PEFT, "lora(rank=2,on=attention-out+ffn-up)"),
                Arguments.of("bert", Format.PEFT, "unipelt(lora(rank=2),bitfit,gate=none)"),
                Arguments.of("roberta", Format.PEFT, "unipelt(bitfit,lora(rank=2,on=ffn-up),gate=none)"),
                Arguments.of("bert", Format.PEFT, "ia3(on=query+attention-out+ffn-up)"),
                Arguments.of("bart", Format.PEFT, "ia3(on=value+ffn-inner)"),
                Arguments.of("bert", Format.ADAPTERHUB, "lora(rank=3,alpha=7.5,on=query+key+value+ffn-up+ffn-down)"),
                Arguments.of("bart", Format.ADAPTERHUB, "lora(rank=3,on=key+ffn-up)"),
                Arguments.of("bert", Format.ADAPTERHUB, "unipelt(lora(rank=2,gate=layer),gate=own)"),
                Arguments.of("bert", Format.ADAPTERHUB, "unipelt(lora(rank=2),prefix(length=3),temperature=0.3)"),
                Arguments.of("bert", Format.ADAPTERHUB, "unipelt(adapter(bottleneck=3),average=all)"),
                Arguments.of("bart", Format.ADAPTERHUB, "houlsby(bottleneck=5,activation=gelu)"),
                Arguments.of("bert", Format.ADAPTERHUB, "adapter(bottleneck=7,activation=tanh)"),
                Arguments.of("bert", Format.ADAPTERHUB, "adapter(bottleneck=24,activation=leakyrelu)"),
                Arguments.of(
                        "bart",
                        Format.ADAPTERHUB,
                        "modification(form=bottleneck(rank=3),at=attention,insert=sequential)"),
                Arguments.of(
                        "bert",
                        Format.ADAPTERHUB,
                        "modification(form=bottleneck(rank=3),at=ffn,insert=pfeiffer,compose=scale(0.5))"));
    }

    /** A method of the top layers comes back as one. */
    @Test
    void theTopLayersAreSaidAsTheLibrariesSayThem() throws IOException {
        String method = "lora(rank=2,alpha=4,on=query+value,dropout=0,gate=projection,init=lora,layers=top-1)";
        try (TunedModel model = RandomModel.of(method, BASES.get("bert"))) {
            Path peft = check(model, "bert", Format.PEFT, SAME);
            Path hub = check(model, "bert", Format.ADAPTERHUB, SAME);
            JsonNode config = read(peft.getFileName() + "/adapter_config.json");
            assertThat(config.path("layers_to_transform").toString()).isEqualTo("[1]");
            assertThat(texts(config.path("target_modules"))).containsExactly("query", "value");
            assertThat(read(hub.getFileName() + "/adapter_config.json")
                            .at("/config/leave_out")
                            .toString())
                    .isEqualTo("[0]");
            for (Path written : List.of(peft, hub)) {
                Import.Unsaid unsaid = new Import.Unsaid(
                        written.equals(peft) ? Optional.of(model.labels().names()) : Optional.empty(), false);
                try (TunedModel back = Import.read(written, BASES.get("bert"), unsaid)) {
                    assertThat(back.card().method()).hasToString(method);
                }
            }
        }
        String shared = "the layers of this base model share their weights, so peft has one change for all of them, and"
                + " this model has one for some";
        try (TunedModel model = RandomModel.of("lora(rank=2,layers=top-2)", BASES.get("albert"))) {
            check(model, "albert", Format.PEFT, shared);
        }
        assertThatThrownBy(() -> RandomModel.of("lora(layers=top-1)", BASES.get("bart")))
                .isInstanceOf(InputException.class)
                .hasMessage("lora: layers=top-1 is for encoders, and this base model has a decoder; leave layers out");
        assertThatThrownBy(() -> RandomModel.of("adapter(layers=top-3)", BASES.get("bert")))
                .isInstanceOf(InputException.class)
                .hasMessage("adapter: layers=top-3 is not possible: this base model has 2 layers");
    }

    @ParameterizedTest
    @MethodSource("methods")
    void anyOptionsComeBack(String base, Format format, String method) {
        try (TunedModel model = RandomModel.of(method, BASES.get(base))) {
            check(model, base, format, SAME);
        }
    }

    @Test
    void layersThatShareTheirWeightsShareOneChange() {
        try (TunedModel model = RandomModel.ofEqualLayers("lora(rank=2,on=key)", BASES.get("albert"))) {
            check(model, "albert", Format.PEFT, SAME);
        }
        try (TunedModel model = RandomModel.of("lora(rank=2,on=key)", BASES.get("albert"))) {
            check(
                    model,
                    "albert",
                    Format.PEFT,
                    "the layers of this base model share their weights, so peft has one change for all of them, and this"
                            + " model has one for each");
        }
    }

    /** Returns where the model was written. */
    private Path check(TunedModel model, String base, Format format, String refusal) {
        Path out = folder.resolve(base + "-" + format.text() + "-" + ++written);
        if (!refusal.equals(SAME)) {
            assertThatThrownBy(() -> Export.write(model, format, true, out))
                    .isInstanceOf(InputException.class)
                    .hasMessage(refusal);
            assertThat(out).doesNotExist();
            return out;
        }
        Export.write(model, format, true, out);
        Import.Unsaid unsaid = new Import.Unsaid(
                format == Format.PEFT ? Optional.of(model.labels().names()) : Optional.empty(), false);
        // One text is a batch without padding, over which some gates would average.
        try (TunedModel back = Import.read(out, BASES.get(base), unsaid)) {
            for (String text : TEXTS) {
                assertSame(back.predict(text), model.predict(text));
            }
            assertThat(back.labels()).isEqualTo(model.labels());
        }
        return out;
    }

    private static void assertSame(Answer got, Answer right) {
        if (right instanceof Answer.Label label) {
            label.probabilities().forEach((name, probability) -> assertThat(
                            ((Answer.Label) got).probabilities().get(name))
                    .isCloseTo(probability, within(2e-6)));
        } else {
            assertThat(((Answer.Score) got).value()).isCloseTo(((Answer.Score) right).value(), within(2e-6));
        }
    }

    @Test
    void aScoreHasOneOutput() {
        for (Format format : List.of(Format.PEFT, Format.ADAPTERHUB)) {
            try (TunedModel model = RandomModel.of(
                    "lora",
                    BASES.get("bert"),
                    new Regression(),
                    Optional.of(Head.LINEAR),
                    Optional.of(Pooling.POOLER))) {
                Path out = check(model, "bert", format, SAME);
                assertThat(out.resolve("README.md")).content().contains("num_labels=1", "gives a text a score");
            }
        }
    }

    @Test
    void aHeadMayTakeThePoolersPlace() {
        try (TunedModel model = RandomModel.of(
                "ia3(on=ffn-inner)",
                BASES.get("bert"),
                RandomModel.CLASSES,
                Optional.of(Head.DENSE),
                Optional.of(Pooling.FIRST))) {
            Path out = check(model, "bert", Format.PEFT, SAME);
            assertThat(out.resolve("adapter_config.json")).content().contains("\"bert.pooler.dense\"");
        }
    }

    /** Such as that of bge-small: AdapterHub has a flexible head for it, peft none. */
    @Test
    void aHeadOnTheFirstTokenIsFlexible() {
        Task classes = RandomModel.CLASSES;
        for (Head form : List.of(Head.LINEAR, Head.DENSE)) {
            try (TunedModel model =
                    RandomModel.of("lora", BASES.get("bert"), classes, Optional.of(form), Optional.of(Pooling.FIRST))) {
                check(model, "bert", Format.ADAPTERHUB, SAME);
            }
        }
        try (TunedModel model = RandomModel.of(
                "lora", BASES.get("roberta"), classes, Optional.of(Head.LINEAR), Optional.of(Pooling.FIRST))) {
            check(model, "roberta", Format.ADAPTERHUB, SAME);
        }
    }

    @Test
    void aCommitIsAnArgumentOfItsOwn() {
        assertThat(new PeerBase("org/name", Optional.of("0f1e")).arguments())
                .isEqualTo("\"org/name\", revision=\"0f1e\"");
        assertThat(PeerBase.of(BASES.get("bert")).revision()).isEmpty();
    }

    @Test
    void theSettingsAreThoseThatTheLibrariesWrite() throws IOException {
        try (TunedModel model = RandomModel.of("lora(rank=2,alpha=4,on=query+ffn-down)", BASES.get("bert"))) {
            Export.write(model, Format.PEFT, false, folder.resolve("peft"));
            Export.write(model, Format.ADAPTERHUB, false, folder.resolve("hub"));
        }
        JsonNode peft = read("peft/adapter_config.json");
        assertThat(peft.path("peft_type").asText()).isEqualTo("LORA");
        assertThat(peft.path("lora_alpha").toString()).isEqualTo("4");
        // Other modules of a BERT end in output.dense too.
        assertThat(texts(peft.path("target_modules")))
                .contains("bert.encoder.layer.1.output.dense", "bert.encoder.layer.1.attention.self.query")
                .hasSize(4);
        assertThat(texts(peft.path("modules_to_save"))).containsExactly("classifier", "score");
        assertThat(Files.readString(folder.resolve("peft/adapter_config.json")))
                .startsWith("{\n  \"alpha_pattern\": {},\n  \"auto_mapping\": null,\n");
        assertThat(Files.readString(folder.resolve("peft/README.md")))
                .contains("id2label={0: \"no\", 1: \"perhaps\", 2: \"yes\"}", "| tokens of a text | at most 12 |");
        assertThat(Safetensors.metadata(folder.resolve("peft/adapter_model.safetensors")))
                .isEqualTo(Map.of("format", "pt"));
        try (Weights tensors = Safetensors.read(folder.resolve("peft/adapter_model.safetensors"))) {
            assertThat(tensors.names())
                    .contains(
                            "base_model.model.bert.encoder.layer.0.output.dense.lora_A.weight",
                            "base_model.model.classifier.weight")
                    .hasSize(10);
        }
        JsonNode hub = read("hub/adapter_config.json");
        assertThat(hub.path("version").asText()).isEqualTo("adapters.1.2.0");
        assertThat(hub.path("model_class").asText()).isEqualTo("BertForSequenceClassification");
        assertThat(hub.path("config").path("intermediate_lora").asBoolean()).isFalse();
        assertThat(hub.path("config").path("output_lora").asBoolean()).isTrue();
        assertThat(texts(hub.path("config").path("attn_matrices"))).containsExactly("q");
        assertThat(read("hub/head_config.json").path("label2id").toString())
                .isEqualTo("{\"no\":0,\"perhaps\":1,\"yes\":2}");
        // As of any other new folder: another user may serve the model.
        assertThat(Files.getPosixFilePermissions(folder.resolve("hub")))
                .isEqualTo(Files.getPosixFilePermissions(Files.createDirectory(folder.resolve("usual"))));
        try (Stream<Path> files = Files.list(folder.resolve("hub"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "README.md",
                            "adapter_config.json",
                            "adapter.safetensors",
                            "pytorch_adapter.bin",
                            "head_config.json",
                            "model_head.safetensors",
                            "pytorch_model_head.bin");
        }
    }

    private JsonNode read(String file) {
        return StrictJson.read(folder.resolve(file), WholeFile.SETTINGS);
    }

    private static List<String> texts(JsonNode list) {
        return Stream.iterate(0, i -> i < list.size(), i -> i + 1)
                .map(i -> list.get(i).asText())
                .collect(Collectors.toList());
    }
}
