package org.unipelt;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.backbone.Pooling;
import org.unipelt.data.ClassWeights;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.data.LabelKind;
import org.unipelt.data.LabelSet;
import org.unipelt.data.Labels;
import org.unipelt.data.PerClass;
import org.unipelt.data.Preparation;
import org.unipelt.data.SpanSet;
import org.unipelt.download.Hub;
import org.unipelt.download.HubName;
import org.unipelt.hub.BaseModel;
import org.unipelt.method.Methods;
import org.unipelt.metric.Metric;
import org.unipelt.metric.Temperature;
import org.unipelt.run.CrossValidation;
import org.unipelt.run.GroupTuning;
import org.unipelt.run.JointRun;
import org.unipelt.run.JointTuning;
import org.unipelt.run.Recipe;
import org.unipelt.run.ReplicaRun;
import org.unipelt.run.Run;
import org.unipelt.run.RunSpec;
import org.unipelt.run.Tuning;
import org.unipelt.task.Seq2Seq;
import org.unipelt.task.SequenceClassifier;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Device;
import org.unipelt.tensor.Precision;
import org.unipelt.tensor.Weights;
import org.unipelt.testkit.TinyBert;
import org.unipelt.text.Encoding;
import org.unipelt.text.Segments;
import org.unipelt.text.Tokenizer;
import org.unipelt.training.Ending;
import org.unipelt.training.Group;
import org.unipelt.training.Rendezvous;
import org.unipelt.training.Setting;
import org.unipelt.training.Together;
import org.unipelt.training.TrainingConfig;
import org.unipelt.training.TrainingEvent;
import org.unipelt.tuned.DataRows;
import org.unipelt.tuned.DataSpec;
import org.unipelt.tuned.MixedBatch;
import org.unipelt.tuned.TunedModel;

/**
 * Gives null for each parameter of each public method of the classes that users call: refused at once, by the parameter's
 * name.
 */
class NullArgumentsTest {
    /** Makes the objects, and is given whole arguments: so it is no matter of these classes what a null may mean. */
    private final Map<Class<?>, Object> whole = new LinkedHashMap<>();

    private final List<String> wrong = new ArrayList<>();

    @Test
    void aNullIsRefusedByName(@TempDir Path work) throws IOException, NoSuchMethodException {
        Path rows = TinyTable.rows(work.resolve("rows.tsv"), 16, "text", "label");
        Path folder = TinyBert.write(work.resolve("bert"));
        DataSpec data = DataSpec.of(rows);
        try (BaseModel base = BaseModel.open(folder.toString())) {
            Tuning tuning = Tuning.of(base, "head").on(data).with(settings -> settings.epochs(1)
                    .maxLength(16));
            try (TunedModel model = tuning.train(work.resolve("tuned"));
                    Rendezvous place = Rendezvous.open("127.0.0.1", 0)) {
                TrainingConfig training =
                        model.card().provenance().orElseThrow().training();
                TrainingConfig.Builder builder = TrainingConfig.builder(Methods.parse("head"), training.metric());
                RunSpec spec = new RunSpec(
                        base.name(),
                        Methods.parse("head"),
                        Optional.empty(),
                        data,
                        Optional.empty(),
                        training,
                        base.precision());
                Dataset some = new Dataset("rows", List.of(Example.of("w1").labelled("good")));
                put(String.class, "head");
                put(Path.class, work.resolve("new"));
                put(List.class, some.examples());
                put(Consumer.class, (Consumer<?>) given -> {});
                put(BiConsumer.class, (BiConsumer<?, ?>) (opened, tensors) -> {});
                put(BooleanSupplier.class, (BooleanSupplier) () -> true);
                put(TrainingEvent.Listener.class, (TrainingEvent.Listener) event -> {});
                put(SequenceClassifier.BatchObserver.class, SequenceClassifier.BatchObserver.NONE);
                put(Optional.class, Optional.empty());
                put(org.unipelt.method.Method.class, Methods.parse("head"));
                put(int[].class, new int[] {5});
                put(byte[].class, new byte[] {'{'});
                put(Setting.class, Setting.EPOCHS);
                put(InputStream.class, InputStream.nullInputStream());
                put(Consumer.class, (Consumer<String>) remark -> {});
                put(Preparation.class, Preparation.NONE);
                put(LabelSet.class, new LabelSet(List.of("a")));
                put(SpanSet.class, SpanSet.NONE);
                put(boolean[][].class, new boolean[1][1]);
                put(double[][].class, new double[1][1]);
                put(ClassWeights.class, ClassWeights.NONE);
                put(Class.class, NullArgumentsTest.class);
                put(Stream.class, Stream.of("w1"));
                put(BiConsumer.class, (BiConsumer<?, ?>) (one, other) -> {});
                put(Ending.class, Ending.BY_ITSELF);
                put(DataRows.class, DataRows.of(some));
                put(Map.class, Map.of());
                put(Together.class, Together.ALONE);
                put(PerClass.class, PerClass.ALL);
                put(Temperature.class, new Temperature(1, 60, 0, 0, 0, 0));
                put(CrossValidation.Progress.class, CrossValidation.Progress.NONE);
                put(CrossValidation.class, CrossValidation.begin(work.resolve("folds"), spec, 2));
                for (Object each : List.of(
                        base,
                        model,
                        tuning,
                        Run.begin(work.resolve("run"), spec),
                        JointRun.begin(work.resolve("joint"), Map.of("a", spec)),
                        tuning.onTasks(Map.of()),
                        tuning.together(Group.alone()),
                        Group.alone(),
                        Duration.ofSeconds(1),
                        spec,
                        data,
                        data.load(),
                        some,
                        some.get(0),
                        model.labels(),
                        model.card(),
                        base.tokenizer(),
                        Segments.of("w1"),
                        new Encoding(new int[] {5}, new int[] {0}),
                        builder,
                        training,
                        Methods.parse("head"),
                        data.columns(),
                        Seq2Seq.usual(LabelKind.SUMMARY),
                        Seq2Seq.usual(LabelKind.SUMMARY).generation(),
                        data.load().split(),
                        Metric.ACCURACY,
                        Recipe.BEST,
                        Precision.F32,
                        Device.CPU,
                        Compute.cpu(),
                        Weights.of(Map.of()),
                        Hub.of(Map.of(), work),
                        place,
                        HubName.parse("a/b").orElseThrow(),
                        UnaryOperator.identity(),
                        Pooling.MEAN)) {
                    put(each.getClass(), each);
                }
                for (Class<?> type : List.of(
                        BaseModel.class,
                        HubName.class,
                        TunedModel.class,
                        Tuning.class,
                        Run.class,
                        JointRun.class,
                        JointTuning.class,
                        GroupTuning.class,
                        Rendezvous.class,
                        CrossValidation.class,
                        RunSpec.class,
                        DataSpec.class,
                        DataRows.class,
                        Dataset.class,
                        Example.class,
                        Labels.class,
                        Labels.Classes.class,
                        Methods.class,
                        Tokenizer.class,
                        Segments.class,
                        Encoding.class,
                        TrainingConfig.Builder.class,
                        Recipe.class,
                        MixedBatch.class,
                        MixedBatch.Request.class)) {
                    Stream.concat(Arrays.stream(type.getDeclaredMethods()), Arrays.stream(type.getConstructors()))
                            .filter(each -> Modifier.isPublic(each.getModifiers()) && !each.isSynthetic())
                            .filter(each -> !List.of("equals", "valueOf").contains(each.getName())
                                    && !each.getName().startsWith("lambda$"))
                            .forEach(this::check);
                }
                for (Method each : Group.class.getMethods()) {
                    if (Modifier.isStatic(each.getModifiers())) {
                        check(each);
                    }
                }
                check(ReplicaRun.class.getMethod("of", Group.class));
                check(Seq2Seq.class.getConstructors()[0]);
                check(Seq2Seq.class.getMethod("usual", LabelKind.class));
                check(Precision.class.getMethod("named", String.class));
                check(Device.class.getMethod("named", String.class));
                check(Compute.class.getMethod("of", Device.class, Precision.class));
            }
        }
        assertThat(wrong).isEmpty();
    }

    private void put(Class<?> type, Object value) {
        whole.put(type, value);
    }

    private Object whole(Class<?> type) {
        if (type.isPrimitive()) {
            return type == double.class
                    ? (Object) 0.5
                    : type == long.class ? (Object) 1L : type == boolean.class ? (Object) true : 8;
        }
        if (type.isEnum()) {
            return type.getEnumConstants()[0];
        }
        return whole.values().stream().filter(type::isInstance).findFirst().orElseThrow(() -> new AssertionError(type));
    }

    private void check(Executable each) {
        Parameter[] parameters = each.getParameters();
        for (int at = 0; at < parameters.length; at++) {
            if (parameters[at].getType().isPrimitive()) {
                continue;
            }
            Object[] arguments =
                    Arrays.stream(each.getParameterTypes()).map(this::whole).toArray();
            arguments[at] = null;
            String said = said(each, arguments);
            if (!said.matches(".*\\b" + parameters[at].getName() + "\"? is null.*")) {
                wrong.add(each.getDeclaringClass().getSimpleName() + "." + each.getName() + "("
                        + parameters[at].getName() + "): " + said);
            }
        }
    }

    private String said(Executable each, Object... arguments) {
        try {
            if (each instanceof Method method) {
                boolean bound = !Modifier.isStatic(method.getModifiers());
                method.invoke(bound ? whole(method.getDeclaringClass()) : null, arguments);
            } else {
                ((java.lang.reflect.Constructor<?>) each).newInstance(arguments);
            }
            return "nothing";
        } catch (InvocationTargetException e) {
            return e.getCause().toString();
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }
}
