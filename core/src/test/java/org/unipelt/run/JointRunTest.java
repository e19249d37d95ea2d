package org.unipelt.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;
import org.unipelt.backbone.Pass;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.LabelKind;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Methods;
import org.unipelt.metric.Calibrate;
import org.unipelt.metric.GateMeans;
import org.unipelt.metric.HeldOut;
import org.unipelt.metric.Metric;
import org.unipelt.task.Answer;
import org.unipelt.task.JointObjective;
import org.unipelt.task.Objective;
import org.unipelt.task.Seq2Seq;
import org.unipelt.tensor.Safetensors;
import org.unipelt.tensor.Weights;
import org.unipelt.testkit.TinyBert;
import org.unipelt.training.TrainingConfig;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.AdapterCard;
import org.unipelt.tuned.DataRows;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.GateValues;
import org.unipelt.tuned.TunedModel;

/** Several tasks train at once: what they share, what each has, and that a stop changes nothing. */
class JointRunTest {
    private static final String METHOD = "unipelt(adapter(bottleneck=4),lora(rank=2))";
    private static final List<Example> TEXTS = List.of(Example.of("w1 good"), Example.of("so bad w9 film"));

    @TempDir
    private static Path shared;

    private static BaseModel base;

    @TempDir
    private Path work;

    @BeforeAll
    static void open() throws IOException {
        base = BaseModel.open(TinyBert.write(shared.resolve("bert")).toString());
    }

    @AfterAll
    static void close() {
        base.close();
    }

    private static Dataset rows(String name, int count, IntFunction<String> label) {
        return new Dataset(
                name,
                IntStream.range(0, count)
                        .mapToObj(i -> Example.of("w" + i % 7 + (i % 2 == 0 ? " good" : " bad") + " film".repeat(i % 3))
                                .labelled(label.apply(i)))
                        .toList());
    }

    private static Dataset topicRows() {
        return rows("topics", 14, i -> i % 2 == 0 ? "good" : "bad");
    }

    private static Dataset starRows() {
        return rows("stars", 9, i -> String.valueOf(i % 2 + i / 10.0));
    }

    private static DataRows topics() {
        return DataRows.of(topicRows());
    }

    private static DataRows stars() {
        return DataRows.of(starRows());
    }

    private static Tuning tuning(String method) {
        return Tuning.of(base, method)
                .with(settings -> settings.epochs(3).batchSize(4).maxLength(8).dropout(0.1));
    }

    private static Map<String, List<Float>> tensors(Path folder) {
        Map<String, List<Float>> tensors = new LinkedHashMap<>();
        try (Weights weights = Safetensors.read(folder.resolve("adapter.safetensors"))) {
            weights.asMap().forEach((name, tensor) -> tensors.put(name, numbers(tensor)));
        }
        return tensors;
    }

    private static List<Float> numbers(Tensor tensor) {
        float[] numbers = new float[(int) tensor.numel()];
        tensor.contiguous().data_ptr_float().get(numbers);
        return IntStream.range(0, numbers.length).mapToObj(i -> numbers[i]).toList();
    }

    private static void close(Map<String, TunedModel> models) {
        models.values().forEach(TunedModel::close);
    }

    @Test
    void tasksShareSubmodulesAndHaveTheirOwnGatesAndHeads() {
        Map<String, TunedModel> models = tuning(METHOD)
                .onTasks(Map.of("topic", topics(), "stars", stars()))
                .train(work.resolve("joint"));
        assertThat(models).containsOnlyKeys("stars", "topic");
        Map<String, List<Float>> topic = tensors(work.resolve("joint/topic"));
        Map<String, List<Float>> stars = tensors(work.resolve("joint/stars"));
        assertThat(topic.keySet()).isEqualTo(stars.keySet());
        List<String> same = topic.keySet().stream()
                .filter(name -> topic.get(name).equals(stars.get(name)))
                .toList();
        assertThat(topic.keySet())
                .filteredOn(name -> !name.startsWith("gate.") && !name.startsWith("head."))
                .isNotEmpty()
                .containsExactlyElementsOf(same);
        for (String task : models.keySet()) {
            Path folder = work.resolve("joint").resolve(task);
            try (TunedModel loaded = TunedModel.load(folder, base)) {
                assertThat(loaded.predict(TEXTS)).isEqualTo(models.get(task).predict(TEXTS));
                AdapterCard.Provenance how = loaded.card().provenance().orElseThrow();
                assertThat(how.together().tasks()).containsExactly(task.equals("topic") ? "stars" : "topic");
                Dataset trained = task.equals("topic") ? topicRows() : starRows();
                assertThat(loaded.card().gates())
                        .isEqualTo(new GateMeans(
                                "train",
                                trained.size(),
                                loaded.gates(trained.examples()).stream()
                                        .map(GateValues::summary)
                                        .toList()));
                assertThat(loaded.card().gates().gates()).isNotEmpty();
                assertThat(how.training().metric()).isEqualTo(task.equals("topic") ? Metric.ACCURACY : Metric.SPEARMAN);
            }
        }
        close(models);
        assertThat(work.resolve("joint/run.json")).doesNotExist();
        assertThat(work.resolve("joint/state.safetensors")).doesNotExist();
        assertThat(work.resolve("joint/events.jsonl")).isNotEmptyFile();
        assertThatThrownBy(
                        () -> tuning(METHOD).onTasks(Map.of("topic", topics())).train(work.resolve("joint")))
                .isInstanceOf(InputException.class)
                .hasMessageEndingWith("joint: is not empty; choose another folder");
    }

    @Test
    void oneTaskGivesTheBytesOfAnOrdinaryTraining() {
        for (TrainingConfig.Keep keep : TrainingConfig.Keep.values()) {
            Path alone = work.resolve("alone-" + keep);
            Path joint = work.resolve("joint-" + keep);
            Tuning tuning = tuning(METHOD).with(settings -> settings.keep(keep));
            tuning.on(topics()).train(alone).close();
            close(tuning.onTasks(Map.of("one", topics())).train(joint));
            assertThat(joint.resolve("one/adapter.safetensors"))
                    .hasSameBinaryContentAs(alone.resolve("adapter.safetensors"));
            assertThat(joint.resolve("one/adapter.json")).hasSameBinaryContentAs(alone.resolve("adapter.json"));
        }
    }

    /** Four rows of one task and six of the other: the shared gradient is the sum, and a task's own is its share. */
    @Test
    void gradientsAreTheTasksByTheirRows() {
        Map<String, DataSpec.Loaded> data = new LinkedHashMap<>();
        data.put("stars", stars().load().together());
        data.put("topic", topics().load().together());
        Map<String, TunedModel> models = new LinkedHashMap<>();
        Map<String, Objective> objectives = new LinkedHashMap<>();
        Map<String, Tensor> shared = new LinkedHashMap<>();
        data.forEach((name, rows) -> {
            RunSpec spec = new RunSpec(
                    base.name(),
                    Methods.parse(METHOD),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    TrainingConfig.builder(Methods.parse(METHOD), rows.metrics().get(0))
                            .maxLength(8)
                            .build(),
                    base.precision(),
                    Calibrate.NONE);
            Run run = Run.of(work.resolve(name), spec, work, HeldOut.NONE);
            models.put(name, run.untrained(base, rows, run.started(base, rows, false), shared));
            objectives.put(name, run.objective(models.get(name), rows, false));
            objectives.get(name).trained().forEach((each, tensor) -> {
                if (!each.startsWith("gate.") && !each.startsWith("head.")) {
                    shared.putIfAbsent(each, tensor);
                }
            });
        });
        JointObjective joint = new JointObjective(
                List.of(
                        new JointObjective.Member("stars", objectives.get("stars"), Metric.SPEARMAN),
                        new JointObjective.Member("topic", objectives.get("topic"), Metric.ACCURACY)),
                shared.keySet(),
                0.1);
        joint.trained().values().forEach(tensor -> tensor.set_requires_grad(true));
        assertThat(joint.lengths()).hasSize(9 + 14);
        try (PointerScope scope = new PointerScope()) {
            int[] ofStars = {0, 3, 4, 8};
            int[] ofTopic = {1, 2, 5, 6, 7, 13};
            Map<String, List<Float>> both = gradients(joint, new int[] {0, 10, 3, 11, 4, 14, 8, 15, 16, 22});
            Map<String, List<Float>> stars = gradients(objectives.get("stars"), ofStars);
            Map<String, List<Float>> topic = gradients(objectives.get("topic"), ofTopic);
            int checked = 0;
            for (Map.Entry<String, List<Float>> each : both.entrySet()) {
                String name = each.getKey().replaceFirst("^(stars|topic)/", "");
                boolean isShared = name.equals(each.getKey());
                for (int i = 0; i < each.getValue().size(); i++) {
                    double expected = 0;
                    if (isShared || each.getKey().startsWith("stars/")) {
                        expected += 0.4 * stars.get(name).get(i);
                    }
                    if (isShared || each.getKey().startsWith("topic/")) {
                        expected += 0.6 * topic.get(name).get(i);
                    }
                    assertThat((double) each.getValue().get(i))
                            .as(each.getKey())
                            .isCloseTo(expected, within(1e-6));
                    checked += expected == 0 ? 0 : 1;
                }
            }
            assertThat(both.keySet())
                    .contains("stars/head.weight", "topic/head.weight")
                    .hasSizeGreaterThan(20);
            assertThat(checked).isGreaterThan(100);
        }
        close(models);
    }

    private static Map<String, List<Float>> gradients(Objective objective, int[] batch) {
        Map<String, Tensor> trained = objective.trained();
        trained.values().forEach(tensor -> tensor.mutable_grad().reset());
        objective.loss(batch, batch, Pass.INFERENCE).backward();
        Map<String, List<Float>> gradients = new LinkedHashMap<>();
        trained.forEach((name, tensor) -> gradients.put(name, numbers(tensor.grad())));
        return gradients;
    }

    @Test
    void aStopOrADeathChangesNoByte() throws IOException {
        DataRows judged = topics().withTest(rows("test", 6, i -> i % 2 == 0 ? "good" : "bad"));
        Map<String, DataRows> tasks = Map.of("topic", judged, "stars", stars());
        Path whole = work.resolve("whole");
        close(tuning(METHOD).onTasks(tasks).train(whole));
        // 23 rows: 6 steps an epoch. The middle of an epoch, its end, the last step, and the evaluation at the end.
        for (int step : List.of(2, 6, 18, 19)) {
            Path folder = work.resolve("stopped-" + step);
            AtomicInteger left = new AtomicInteger(step);
            AtomicBoolean finished = new AtomicBoolean();
            JointTuning tuning = tuning(METHOD)
                    .tell(event -> finished.compareAndSet(false, event instanceof TrainingEvent.Finished))
                    .onTasks(tasks);
            assertThat(tuning.train(folder, () -> step == 19 ? finished.get() : left.decrementAndGet() == 0))
                    .as("stopped at step %s", step)
                    .isEmpty();
            assertThat(folder.resolve("topic")).doesNotExist();
            assertThatThrownBy(() -> Run.reopen(folder))
                    .hasMessage(folder + ": holds an unfinished training of several tasks; continue it with"
                            + " JointRun.reopen, or with unipelt train --resume " + folder);
            assertThatThrownBy(() -> tuning(METHOD)
                            .onTasks(Map.of("topic", topics(), "other", stars()))
                            .resume(folder))
                    .hasMessageEndingWith(
                            ": this training began with other tasks or settings; give the same method, data"
                                    + " and settings, or train in another folder");
            assertThatThrownBy(() -> tuning(METHOD)
                            .onTasks(Map.of("topic", judged, "stars", DataRows.of(rows("stars", 9, i -> i + ".5"))))
                            .resume(folder))
                    .hasMessageContaining("stars: the train data is not what this run started with");
            // As a process leaves it that is killed between the models.
            Files.createDirectories(folder.resolve("stars"));
            Files.writeString(folder.resolve("stars/adapter.json"), "{}");
            close(tuning(METHOD).onTasks(tasks).resume(folder));
            for (String task : tasks.keySet()) {
                for (String file : List.of("adapter.safetensors", "adapter.json")) {
                    assertThat(folder.resolve(task).resolve(file))
                            .hasSameBinaryContentAs(whole.resolve(task).resolve(file));
                }
            }
            assertThatThrownBy(() -> JointRun.reopen(folder)).hasMessageContaining("holds no unfinished run");
        }
    }

    @Test
    void theScoreIsTheMeanOfTheTasks() {
        List<TrainingEvent.Finished> events = new ArrayList<>();
        Map<String, TunedModel> models = tuning("lora(rank=2)")
                .tell(event -> {
                    if (event instanceof TrainingEvent.Finished finished) {
                        events.add(finished);
                    }
                })
                .onTasks(Map.of(
                        "judged", topics().withDev(rows("dev", 6, i -> i % 2 == 0 ? "good" : "bad")),
                        "stars", stars().withDev(rows("dev", 6, i -> String.valueOf(i % 2 + i / 7.0))),
                        "unjudged", topics()))
                .train(work.resolve("joint"));
        assertThat(models.get("unjudged").card().metrics()).isEmpty();
        double mean = (models.get("judged").card().metrics().get("dev").get("accuracy")
                        + models.get("stars").card().metrics().get("dev").get("spearman"))
                / 2;
        assertThat(events).singleElement().satisfies(end -> {
            assertThat(end.metric()).isEqualTo("mean score");
            assertThat(end.best()).isCloseTo(mean, within(1e-9));
        });
        close(models);
    }

    private static RunSpec spec(String method, TrainingConfig training, Optional<Seq2Seq> writing) {
        return new RunSpec(
                base.name(),
                Methods.parse(method),
                Optional.empty(),
                Optional.empty(),
                writing,
                training,
                base.precision(),
                Calibrate.NONE);
    }

    @Test
    void whatCannotTrainTogetherIsRefused() {
        TrainingConfig config =
                TrainingConfig.builder(Methods.parse("lora"), Metric.ACCURACY).build();
        TrainingConfig longer = TrainingConfig.builder(Methods.parse("lora"), Metric.F1)
                .maxLength(64)
                .build();
        RunSpec one = spec("lora", config, Optional.empty());
        Map<String, Map<String, RunSpec>> wrong = new LinkedHashMap<>();
        wrong.put("there is no task; give one or more", Map.of());
        String name = ": its model's folder has this name; use letters, digits, '-', '_' and '.', and none of the"
                + " training's own files";
        for (String bad : Set.of("run.json", "../up", "", ".hidden", "a/b", "a b")) {
            wrong.put("task '" + bad + "'" + name, Map.of(bad, one));
        }
        wrong.put(
                "task 'b': its labels are texts to generate; only tasks with a head train together, so train it alone",
                Map.of("b", spec("lora", config, Optional.of(Seq2Seq.usual(LabelKind.SUMMARY)))));
        wrong.put(
                "task 'b': its max-length is not that of task 'a'; tasks that train together share all settings but data and"
                        + " metric, so give one max-length for all",
                new TreeMap<>(Map.of("a", one, "b", spec("lora", longer, Optional.empty()))));
        wrong.forEach((message, specs) -> assertThatThrownBy(() -> JointRun.begin(work.resolve("new"), specs))
                .as(message)
                .isInstanceOf(InputException.class)
                .hasMessage(message));
        assertThatThrownBy(() -> JointRun.begin(work.resolve("new"), new TreeMap<>(Map.of("a", one, "A", one))))
                .hasMessage("tasks 'A' and 'a' differ only in case; their folders may not");
        for (String method : List.of("head", "probe")) {
            assertThatThrownBy(() -> Tuning.of(base, method)
                            .with(settings -> settings.maxLength(8))
                            .onTasks(Map.of("a", topics(), "b", topics()))
                            .train(work.resolve("new")))
                    .hasMessage(
                            "method '" + method + "' has nothing that tasks could share, as each has its own head; use"
                                    + " another method, or train one model for each task");
        }
        assertThat(work.resolve("new")).doesNotExist();
    }

    @Test
    void theOrderOfTheTasksChangesNothing() {
        Map<String, DataRows> forward = new LinkedHashMap<>();
        forward.put("a", topics());
        forward.put("b", stars());
        Map<String, DataRows> backward = new LinkedHashMap<>();
        backward.put("b", stars());
        backward.put("a", topics());
        close(tuning("lora(rank=2)").onTasks(forward).train(work.resolve("forward")));
        Map<String, TunedModel> models =
                tuning("lora(rank=2)").onTasks(backward).train(work.resolve("backward"));
        List<Answer> answers = models.get("a").predict(TEXTS);
        close(models);
        assertThat(answers).hasSize(2);
        for (String task : forward.keySet()) {
            assertThat(work.resolve("backward").resolve(task).resolve("adapter.safetensors"))
                    .hasSameBinaryContentAs(
                            work.resolve("forward").resolve(task).resolve("adapter.safetensors"));
        }
    }
}
