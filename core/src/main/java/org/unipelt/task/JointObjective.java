package org.unipelt.task;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.Pass;
import org.unipelt.metric.Metric;
import org.unipelt.tensor.Compute;

/**
 * The objective of several tasks at once, which share tensors: its examples are those of the first task, then those of the
 * second, and so on.
 *
 * <pre>
 *                        ┌─ rows of task 1 ─▶ its objective: shared tensors, own gates, own head ─▶ loss · rows / batch ─┐
 *   a batch of any rows ─┤                                                                                            + ─▶
 *                        └─ rows of task 2 ─▶ its objective: shared tensors, own gates, own head ─▶ loss · rows / batch ─┘
 * </pre>
 *
 * <p>So every row counts the same, whichever its task. The score is the mean of the tasks' scores, each by its own metric.
 */
public final class JointObjective implements Objective {
    /** The name of the mean of several tasks' scores. */
    private static final String MEAN = "mean score";

    private final List<Member> members;
    private final Set<String> shared;
    private final double leastExplained;
    private final int[] lengths;
    /** The first example of each task, and the number of all at the end. */
    private final int[] first;
    /** What each task's probe explains, after {@link #fitHead}. */
    private final double[] explained;
    /** The values of each task's own tensors before {@link #fitHead}. */
    private final List<Map<String, float[]>> before;

    /**
     * One of the tasks.
     *
     * @param name unique among the tasks
     * @param objective its own objective; the tensors that it shares are the same objects as those of the other tasks
     * @param metric scores its development rows
     */
    public record Member(String name, Objective objective, Metric metric) {}

    /**
     * Joins the objectives of some tasks on one base model.
     *
     * @param members the tasks, one or more
     * @param shared the names of the shared tensors
     * @param leastExplained the share of the loss that a task's probe must explain, so that its head starts from it
     */
    public JointObjective(List<Member> members, Set<String> shared, double leastExplained) {
        this.members = List.copyOf(members);
        this.shared = Set.copyOf(shared);
        this.leastExplained = leastExplained;
        this.lengths = this.members.stream()
                .flatMapToInt(member -> Arrays.stream(member.objective().lengths()))
                .toArray();
        this.first = new int[members.size() + 1];
        for (int task = 0; task < members.size(); task++) {
            first[task + 1] = first[task] + members.get(task).objective().lengths().length;
        }
        this.explained = new double[members.size()];
        this.before = this.members.stream().map(this::values).toList();
    }

    /** The numbers of a task's own tensors, which a fit of its head changes. */
    private Map<String, float[]> values(Member member) {
        Map<String, float[]> values = new LinkedHashMap<>();
        try (PointerScope scope = new PointerScope()) {
            member.objective().trained().forEach((name, tensor) -> {
                if (!shared.contains(name)) {
                    float[] numbers = new float[Math.toIntExact(tensor.numel())];
                    tensor.detach().cpu().contiguous().data_ptr_float().get(numbers);
                    values.put(name, numbers);
                }
            });
        }
        return values;
    }

    @Override
    public Compute compute() {
        return members.get(0).objective().compute();
    }

    @Override
    public Objective computedOnce(SequenceClassifier.BatchObserver observer, Consumer<String> remarks) {
        List<Member> once = new ArrayList<>();
        boolean complete = false;
        try {
            for (Member member : members) {
                once.add(
                        new Member(member.name(), member.objective().computedOnce(observer, remarks), member.metric()));
            }
            JointObjective joint = new JointObjective(once, shared, leastExplained);
            complete = true;
            return joint;
        } finally {
            if (!complete) {
                once.forEach(member -> member.objective().close());
            }
        }
    }

    @Override
    public void close() {
        members.forEach(member -> member.objective().close());
    }

    /** {@inheritDoc} Shared tensors have their own names; a task's own ones begin with its name and a slash. */
    @Override
    public Map<String, Tensor> trained() {
        Map<String, Tensor> trained = new LinkedHashMap<>();
        members.forEach(member -> member.objective().trained().forEach((name, tensor) -> {
            if (shared.contains(name)) {
                trained.putIfAbsent(name, tensor);
            } else {
                trained.put(member.name() + "/" + name, tensor);
            }
        }));
        return trained;
    }

    /** {@inheritDoc} Fits the head of every task; the result is that of the task whose probe explains most. */
    @Override
    public double fitHead() {
        for (int task = 0; task < explained.length; task++) {
            explained[task] = members.get(task).objective().fitHead();
        }
        return Arrays.stream(explained).max().orElseThrow();
    }

    /** {@inheritDoc} A head whose probe explains too little gets its initial values back instead. */
    @Override
    public void softenHead() {
        for (int task = 0; task < explained.length; task++) {
            Objective objective = members.get(task).objective();
            if (explained[task] >= leastExplained) {
                objective.softenHead();
            } else {
                restore(objective.trained(), before.get(task));
            }
        }
    }

    private static void restore(Map<String, Tensor> trained, Map<String, float[]> values) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            values.forEach((name, numbers) -> {
                Tensor tensor = Objects.requireNonNull(trained.get(name));
                tensor.copy_(Tensor.create(numbers, tensor.shape()));
            });
        }
    }

    @Override
    public boolean isJudged() {
        return members.stream().anyMatch(member -> member.objective().isJudged());
    }

    @Override
    public int rows(int... batch) {
        return IntStream.range(0, members.size())
                .map(task -> members.get(task).objective().rows(own(task, batch)))
                .sum();
    }

    @Override
    public int[] lengths() {
        return lengths.clone();
    }

    @Override
    public int paddedLength(int... batch) {
        return IntStream.range(0, members.size())
                .map(task -> {
                    int[] rows = own(task, batch);
                    return rows.length == 0 ? 0 : members.get(task).objective().paddedLength(rows);
                })
                .max()
                .orElseThrow();
    }

    /** Those of the examples that are a task's, as its own objective numbers them. */
    private int[] own(int task, int... examples) {
        return Arrays.stream(examples)
                .filter(example -> example >= first[task] && example < first[task + 1])
                .map(example -> example - first[task])
                .toArray();
    }

    @Override
    public Tensor loss(int[] batch, int[] members, Pass pass) {
        Tensor sum = null;
        for (int task = 0; task < this.members.size(); task++) {
            int[] some = own(task, members);
            if (some.length > 0) {
                int[] all = own(task, batch);
                Tensor loss = this.members
                        .get(task)
                        .objective()
                        .loss(all, some, pass)
                        .mul(new Scalar((double) all.length / batch.length));
                sum = sum == null ? loss : sum.add(loss);
            }
        }
        return Objects.requireNonNull(sum);
    }

    /** {@inheritDoc} The metric's own name, if there is one task. */
    @Override
    public String scoreName(Metric metric) {
        return members.size() == 1 ? members.get(0).metric().text() : MEAN;
    }

    /** {@inheritDoc} The mean over the tasks that have development rows, each by its own metric and not the given one. */
    @Override
    public Judgement judge(Metric metric, SequenceClassifier.BatchObserver observer) {
        List<Judgement> judged = members.stream()
                .filter(member -> member.objective().isJudged())
                .map(member -> member.objective().judge(member.metric(), observer))
                .toList();
        return new Judgement(
                judged.stream().mapToDouble(Judgement::score).average().orElseThrow(),
                judged.stream().mapToDouble(Judgement::loss).average().orElseThrow());
    }
}
