package org.unipelt.task;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.unipelt.backbone.Pass;
import org.unipelt.metric.Metric;
import org.unipelt.metric.RankingScore;
import org.unipelt.tensor.Compute;

/**
 * The objective of a ranking. An example is a list: texts of one query, which one piece of a batch computes together. Its
 * loss compares them with each other, as metrics do.
 *
 * <pre>
 *   loss of a list = binary cross-entropy of each text, their mean            how relevant a text is
 *                  + cross-entropy of a softmax over the list's logits        which text is more relevant
 *                    with the targets (2^grade - 1) / Σ
 * </pre>
 *
 * <p>The second part is ListNet's (Cao et al. 2007, "Learning to Rank: From Pairwise Approach to Listwise Approach") with
 * the gains of nDCG; with one click a list it is the loss of Gao et al. 2021, "Rethink Training of BERT Rerankers". Alone it
 * would say nothing about a text without others, because a constant added to all logits changes nothing. A list without a
 * relevant text has only the first part. docs/results.md has what the second part is worth.
 *
 * <p>A query with more than {@value #MOST_TEXTS} texts has several lists, so that memory does not grow with its texts. Each
 * gets its share of the texts of every grade.
 */
final class RankingObjective implements Objective {
    /** The most texts of a list. */
    static final int MOST_TEXTS = 16;

    private final HeadObjective rows;
    private final List<int[]> lists;
    private final Ranking.Grades grades;

    /**
     * Makes lists of the training rows.
     *
     * @param rows the same training, row by row
     */
    RankingObjective(HeadObjective rows) {
        this.rows = rows;
        this.grades = (Ranking.Grades) rows.train().gold();
        this.lists = lists(grades);
    }

    /** Returns the places of each list's rows. */
    static List<int[]> lists(Ranking.Grades grades) {
        Map<Integer, List<Integer>> queries = new TreeMap<>();
        for (int row = 0; row < grades.size(); row++) {
            queries.computeIfAbsent(grades.queries()[row], query -> new ArrayList<>())
                    .add(row);
        }
        List<int[]> lists = new ArrayList<>();
        for (List<Integer> own : queries.values()) {
            int count = (own.size() + MOST_TEXTS - 1) / MOST_TEXTS;
            List<Integer> dealt = own.stream()
                    .sorted(Comparator.comparingDouble(row -> -grades.grades()[row]))
                    .toList();
            for (int list = 0; list < count; list++) {
                int turn = list;
                lists.add(IntStream.range(0, dealt.size())
                        .filter(i -> i % count == turn)
                        .map(dealt::get)
                        .toArray());
            }
        }
        return lists;
    }

    private int[] rowsOf(int... examples) {
        return Arrays.stream(examples)
                .flatMap(list -> Arrays.stream(lists.get(list)))
                .toArray();
    }

    @Override
    public Compute compute() {
        return rows.compute();
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // The same objective means that nothing is computed once.
    public Objective computedOnce(SequenceClassifier.BatchObserver observer, Consumer<String> remarks) {
        HeadObjective once = rows.computedOnce(observer, remarks);
        return once == rows ? this : new RankingObjective(once);
    }

    @Override
    public void close() {
        rows.close();
    }

    @Override
    public Map<String, Tensor> trained() {
        return rows.trained();
    }

    /** {@inheritDoc} It reads one text at a time, so it knows only the first part of the loss. */
    @Override
    public double fitHead() {
        return rows.fitHead();
    }

    @Override
    public void softenHead() {
        rows.softenHead();
    }

    @Override
    public boolean isJudged() {
        return rows.isJudged();
    }

    @Override
    public int rows(int... batch) {
        return rowsOf(batch).length;
    }

    @Override
    public int[] lengths() {
        int[] lengths = rows.lengths();
        return lists.stream()
                .mapToInt(list -> list.length
                        * Arrays.stream(list).map(row -> lengths[row]).max().orElseThrow())
                .toArray();
    }

    /** {@inheritDoc} That of all texts of a list together. */
    @Override
    public int paddedLength(int... batch) {
        int[] all = rowsOf(batch);
        return (all.length * rows.paddedLength(all) + batch.length - 1) / batch.length;
    }

    @Override
    public Tensor loss(int[] batch, int[] members, Pass pass) {
        int[] all = rowsOf(members);
        SequenceClassifier network = rows.network();
        Tensor logits = network.logits(rows.train().texts(), rows.paddedLength(rowsOf(batch)), all, pass);
        return sum(logits, grades, Arrays.stream(members).mapToObj(lists::get).toList())
                .div(new Scalar((double) batch.length));
    }

    /**
     * Adds up the losses of lists.
     *
     * @param logits of their rows, one list after the other, {@code [rows, 1]}
     */
    private Tensor sum(Tensor logits, Ranking.Grades gold, List<int[]> some) {
        List<Tensor> losses = new ArrayList<>();
        long from = 0;
        for (int[] list : some) {
            losses.add(loss(rows.task(), logits.narrow(0, from, list.length), gold, list));
            from += list.length;
        }
        return losses.stream().reduce(Tensor::add).orElseThrow();
    }

    /**
     * Returns the loss of a list.
     *
     * @param logits of its rows, {@code [rows, 1]}
     */
    static Tensor loss(HeadTask task, Tensor logits, Ranking.Grades gold, int... list) {
        Tensor each = gold.loss(task, logits, list);
        double[] gains = Arrays.stream(list)
                .mapToDouble(row -> RankingScore.gain(gold.grades()[row]))
                .toArray();
        double all = Arrays.stream(gains).sum();
        if (all == 0) {
            return each;
        }
        Tensor targets = Tensor.create(
                        Arrays.stream(gains).map(gain -> gain / all).toArray())
                .to(logits.device(), logits.scalar_type());
        return each.sub(torch.log_softmax(logits.squeeze(1), 0).mul(targets).sum());
    }

    @Override
    public Judgement judge(Metric metric, SequenceClassifier.BatchObserver observer) {
        LabelledTexts judged = rows.dev().orElseThrow();
        Ranking.Grades gold = (Ranking.Grades) judged.gold();
        float[][] logits = rows.network().predict(judged.texts(), observer);
        return new Judgement(gold.score(metric, logits), meanLoss(gold, logits));
    }

    private double meanLoss(Ranking.Grades gold, float[][] logits) {
        List<int[]> judged = lists(gold);
        double[] ordered = judged.stream()
                .flatMapToInt(Arrays::stream)
                .mapToDouble(row -> logits[row][0])
                .toArray();
        try (PointerScope scope = new PointerScope();
                NoGradGuard frozen = new NoGradGuard()) {
            return sum(Tensor.create(ordered, ordered.length, 1), gold, judged).item_double() / judged.size();
        }
    }
}
