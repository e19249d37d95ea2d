package org.unipelt.tuned;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.unipelt.InputException;
import org.unipelt.hub.BaseModel;
import org.unipelt.run.Run;
import org.unipelt.run.Tuning;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.Weights;
import org.unipelt.training.TrainingConfig;
import org.unipelt.training.TrainingEvent;

/** What a training leaves, changed since: nothing of it is read as if it were whole. */
class DamagedRunTest {
    private static final String CHECKSUM = ",\\s*\"contentChecksum\" : \"\\w+\"";

    @TempDir
    static Path home;

    private static BaseModel base;

    @TempDir
    Path folder;

    private Path card;
    private Path state;

    @BeforeAll
    static void train() throws IOException, URISyntaxException {
        Path model = Path.of(DamagedRunTest.class
                .getResource("/org/unipelt/checkpoints/bert-classifier")
                .toURI());
        base = BaseModel.open(model.toString());
        Path data = Files.writeString(
                home.resolve("rows.tsv"), "text\tlabel\n" + "the red parcel\tgood\nthe blue box\tbad\n".repeat(10));
        Tuning tuning = Tuning.of(base, "lora(rank=2)")
                .on(DataSpec.of(data))
                .with(settings -> settings.epochs(2).batchSize(4).maxLength(8).keep(TrainingConfig.Keep.BEST));
        tuning.train(home.resolve("tuned")).close();
        AtomicInteger steps = new AtomicInteger();
        tuning.tell(event -> steps.addAndGet(event instanceof TrainingEvent.Stepped ? 1 : 0))
                .train(home.resolve("run"), () -> steps.get() == 7);
    }

    @AfterAll
    static void close() {
        base.close();
    }

    @BeforeEach
    void copy() throws IOException {
        for (String name : List.of(
                "tuned/adapter.json",
                "tuned/adapter.safetensors",
                "run/run.json",
                "run/events.jsonl",
                "run/state.safetensors")) {
            Files.createDirectories(folder.resolve(name).getParent());
            Files.copy(home.resolve(name), folder.resolve(name));
        }
        card = folder.resolve("tuned/adapter.json");
        state = folder.resolve("run/state.safetensors");
    }

    private void load() {
        TunedModel.load(folder.resolve("tuned"), base).close();
    }

    private void resume() {
        resume(event -> {});
    }

    private void resume(TrainingEvent.Listener listener) {
        Run run = Run.reopen(folder.resolve("run"));
        run.train(base, run.load(), listener, () -> false).ifPresent(TunedModel::close);
    }

    private static void refused(ThrowingCallable reading, Path file, String reason) {
        assertThatThrownBy(reading)
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(reason)
                .hasMessageNotContainingAny("\n", "creator property", "fallback", "jackson", "libtorch");
    }

    private static void change(Path file, UnaryOperator<String> change) throws IOException {
        String text = Files.readString(file);
        String changed = change.apply(text);
        assertThat(changed).isNotEqualTo(text);
        Files.writeString(file, changed);
    }

    private static void changeTensors(Path file, Map<String, String> metadata, String name, ScalarType type) {
        try (PointerScope scope = new PointerScope();
                Weights weights = Safetensors.read(file)) {
            Map<String, Tensor> tensors = new LinkedHashMap<>(weights.asMap());
            tensors.computeIfPresent(name, (key, tensor) -> tensor.to(type));
            Safetensors.write(file, tensors, metadata);
        }
    }

    @Test
    void aFlippedBitInTheStateIsNoticed() throws IOException {
        byte[] bytes = Files.readAllBytes(state);
        int header = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        JsonNode entries = new ObjectMapper().readTree(new String(bytes, 8, header, StandardCharsets.UTF_8));
        for (String part : List.of("now.head.weight", "best.head.weight", "first.head.weight", "second.head.weight")) {
            byte[] flipped = bytes.clone();
            flipped[8 + header + entries.at("/" + part + "/data_offsets/0").asInt() + 1] ^= 1;
            Files.write(state, flipped);
            refused(this::resume, state, "was changed or damaged since it was written");
        }
        // A number of the progress too.
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        String changed = text.replace("\\\"withoutGain\\\":1", "\\\"withoutGain\\\":0");
        assertThat(changed).isNotEqualTo(text);
        Files.write(state, changed.getBytes(StandardCharsets.ISO_8859_1));
        refused(this::resume, state, "was changed or damaged since it was written");
    }

    @Test
    void filesOfEarlierVersionsAreReadWithoutChecksums() throws IOException {
        change(card, text -> text.replaceFirst(CHECKSUM, ""));
        load();
        change(folder.resolve("run/run.json"), text -> text.replaceFirst(CHECKSUM, ""));
        changeTensors(state, Map.of("progress", Safetensors.metadata(state).get("progress")), "", ScalarType.Float);
        List<TrainingEvent> events = new ArrayList<>();
        resume(events::add);
        assertThat(events)
                .filteredOn(TrainingEvent.Resumed.class::isInstance)
                .singleElement()
                .satisfies(resumed -> assertThat(((TrainingEvent.Resumed) resumed).checked())
                        .as("what cannot be checked is said")
                        .isFalse());
        assertThat(folder.resolve("run/adapter.safetensors"))
                .hasSameBinaryContentAs(home.resolve("tuned/adapter.safetensors"));
    }

    @Test
    void swappedClassNamesAreNoticed() throws IOException {
        change(card, text -> text.replace("[ \"bad\", \"good\" ]", "[ \"good\", \"bad\" ]"));
        refused(this::load, card, "was changed or damaged since it was written, as its contentChecksum shows");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"head\" : \"linear\"       | \"head\" : null             | head is missing",
                "\"pooling\" : \"pooler\"    | \"pooling\" : null          | pooling is missing",
                "\"bad\", \"good\"           | \"bad\", null               | 'classes.1' is null",
                "\"bad\", \"good\"           | \"bad\", 2                  | 'classes.1' is",
                "\"seed\" : 42               | \"seed\" : null             | 'provenance.training.seed' is null",
                "\"epochs\" : 2              | \"epochs\" : \"2\"          | not a whole number",
                "\"epochs\" : 2              | \"epochs\" : 2.5            | not a whole number",
                "\"epochs\" : 2              | \"epochs\" : 2147483648     | 'provenance.training.epochs' is too large a number",
                "\"clip\" : 1.0              | \"clip\" : -1.0             | clip must be above 0",
                "\"pairs\" : false           | \"pairs\" : 0               | not true or false",
                "\"pairs\" : false           | \"pairs\" : false, \"pairs\" : true | the key 'pairs' appears twice in line",
                "\"adamw\" : \"torch\"       | \"adamw\" : \"sgd\"         | 'provenance.training.adamw' is 'sgd', not one of torch, release",
                "\"paddedLength\" : null    | \"paddedLength\" : -1         | padded length must be at least the max length",
                "\"paddedLength\" : null    | \"paddedLength\" : 1000000000 | padded length 1000000000 is more than the",
                "\"pairs\" : false           | \"pairs\" : false, \"a\" : 1 | 'inference.a' is not a known key",
                "\"paddedLength\" : null,     | ``                          | 'inference.paddedLength' is missing",
                "\"paddedLength\" : null,     | \"paddedLength\" : null     | unexpected '\"' in line",
                "\"pairs\" : false           | \"pairs\" : false, \"padedLength\" : 1 | (did you mean 'paddedLength'?)",
                "\"classification\"          | \"clasification\"           | unknown kind of task 'clasification'; did you mean",
            })
    void whatIsWrongWithACardIsSaid(String from, String to, String reason) throws IOException {
        change(card, text -> text.replace(from, to).replaceFirst(CHECKSUM, ""));
        refused(this::load, card, reason);
    }

    @Test
    @Timeout(20)
    void aCardOfAMillionClassesIsRefusedSoon() throws IOException {
        String many =
                IntStream.range(0, 1_000_000).mapToObj(i -> "\"" + i + "\"").collect(Collectors.joining(","));
        change(card, text -> text.replace("[ \"bad\", \"good\" ]", "[" + many + "]")
                .replaceFirst(CHECKSUM, ""));
        refused(this::load, card, "there are 1000000 classes");
    }

    @ParameterizedTest
    @CsvSource({
        "batch, -2147483648",
        "batch, 2147483647",
        "batch, 4",
        "epoch, -1",
        "epoch, 3",
        "step, -1",
        "step, 9223372036854775807",
        "lossSum, 1e999",
        "lossSum, \"NaN\"",
        "best, 1e999",
        "bestEpoch, -2",
        "bestEpoch, 7",
        "withoutGain, -1",
        "withoutGain, 5",
        "epoch, null",
        "epoch, 1.5",
        "epoch, 4294967297"
    })
    void aNumberOutOfBoundsInTheStateIsRefused(String field, String value) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode progress =
                (ObjectNode) mapper.readTree(Safetensors.metadata(state).get("progress"));
        progress.put(field, "@");
        changeTensors(state, Map.of("progress", progress.toString().replace("\"@\"", value)), "", ScalarType.Float);
        refused(this::resume, state, "not the state of");
    }

    @Test
    void aTensorOfAnotherTypeIsRefused() {
        for (String name : List.of("now.head.weight", "best.head.bias", "first.head.weight", "second.head.bias")) {
            changeTensors(state, Map.of("progress", Safetensors.metadata(state).get("progress")), name, ScalarType.Int);
            refused(this::resume, state, "tensor '" + name + "' has the type I32, wanted is F32");
            changeTensors(state, Safetensors.metadata(state), name, ScalarType.Float);
        }
        Path weights = folder.resolve("tuned/adapter.safetensors");
        changeTensors(weights, Safetensors.metadata(weights), "head.weight", ScalarType.Int);
        refused(this::load, weights, "tensor 'head.weight' has the type I32, but trained tensors are F32");
    }
}
