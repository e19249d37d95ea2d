package org.unipelt.experiment.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.jsoup.nodes.Element;
import org.unipelt.experiment.report.Drawing.Axis;
import org.unipelt.experiment.report.ReportTable.Block;
import org.unipelt.experiment.report.ReportTable.Entry;
import org.unipelt.experiment.report.ReportTable.Row;
import org.unipelt.training.EventLog;
import org.unipelt.training.TrainingEvent;

/**
 * How a training went, epoch by epoch, as its log tells. After a kill and a resume some steps are in the log twice, with
 * equal values; each counts once.
 *
 * @param epochs the epochs that ended, and epoch 0 if a probe was judged
 * @param trained number of trained parameters; 0 if the log does not say
 * @param seconds time of training, without the time between a stop and the next start
 * @param end the last event, if training ended by itself
 */
record Course(List<Epoch> epochs, long trained, double seconds, Optional<TrainingEvent.Finished> end) {
    private static final double BOTTOM = 188;
    private static final double LEFT = 40;

    /**
     * One epoch.
     *
     * @param number from 1; 0 for the state before the first step
     * @param loss mean loss of its steps; NaN without steps
     * @param devLoss mean loss on the development rows; NaN if unknown
     * @param score the metric on the development rows; NaN if unknown
     */
    record Epoch(int number, double loss, double devLoss, double score) {}

    /** Reads the events of a log. */
    static Course of(List<EventLog.Entry> log) {
        TreeMap<Long, TrainingEvent.Stepped> steps = new TreeMap<>();
        TreeMap<Integer, TrainingEvent.Evaluated> judged = new TreeMap<>();
        Optional<TrainingEvent.Finished> end = Optional.empty();
        long trained = 0;
        double seconds = 0;
        EventLog.Entry before = null;
        for (EventLog.Entry entry : log) {
            TrainingEvent event = entry.event();
            if (before != null && !(event instanceof TrainingEvent.Started)) {
                seconds += entry.since(before).toMillis() / 1e3;
            }
            before = entry;
            if (event instanceof TrainingEvent.Started started) {
                trained = started.trained();
            } else if (event instanceof TrainingEvent.Stepped step) {
                steps.put(step.step(), step);
            } else if (event instanceof TrainingEvent.Evaluated evaluated) {
                judged.put(evaluated.epoch(), evaluated);
            } else if (event instanceof TrainingEvent.Finished finished) {
                end = Optional.of(finished);
            }
        }
        TreeMap<Integer, List<Double>> losses = new TreeMap<>();
        steps.values().forEach(step -> losses.computeIfAbsent(step.epoch(), epoch -> new ArrayList<>())
                .add(step.loss()));
        judged.keySet().forEach(epoch -> losses.putIfAbsent(epoch, List.of()));
        List<Epoch> epochs = losses.entrySet().stream()
                .map(epoch -> epoch(epoch.getKey(), epoch.getValue(), Optional.ofNullable(judged.get(epoch.getKey()))))
                .toList();
        return new Course(epochs, trained, seconds, end);
    }

    private static Epoch epoch(int number, List<Double> losses, Optional<TrainingEvent.Evaluated> judged) {
        return new Epoch(
                number,
                Sample.of(losses).mean(),
                judged.map(TrainingEvent.Evaluated::devLoss).orElse(Double.NaN),
                judged.map(TrainingEvent.Evaluated::value).orElse(Double.NaN));
    }

    private boolean has(ToDoubleFunction<Epoch> value) {
        return epochs.stream().anyMatch(epoch -> Double.isFinite(value.applyAsDouble(epoch)));
    }

    /** The numbers of all epochs; only columns that have some. */
    Optional<ReportTable> table() {
        if (epochs.isEmpty()) {
            return Optional.empty();
        }
        record Column(String title, ToDoubleFunction<Epoch> value) {}
        List<Column> columns = List.of(
                        new Column("Training loss", Epoch::loss),
                        new Column("Development loss", Epoch::devLoss),
                        new Column("Development " + metric(), Epoch::score))
                .stream()
                .filter(column -> has(column.value()))
                .toList();
        return Optional.of(new ReportTable(
                "epochs",
                "Every epoch",
                "The mean loss of the epoch's steps, each before it was made and with dropout; and how the state after the"
                        + " epoch does on the development rows, without dropout.",
                "Epoch",
                columns.stream().map(Column::title).toList(),
                List.of(new Block(
                        "",
                        epochs.stream()
                                .map(epoch -> new Row(
                                        epoch.number() == 0 ? "start" : Integer.toString(epoch.number()),
                                        columns.stream()
                                                .map(column -> Entry.number(
                                                        column.value().applyAsDouble(epoch), 4))
                                                .toList()))
                                .toList()))));
    }

    /** The metric that judged the epochs. */
    private String metric() {
        return end.map(TrainingEvent.Finished::metric).orElse("score");
    }

    /** Charts of losses and score by epoch. */
    void draw(Element parent) {
        Element grid = parent.appendElement("div").addClass("panels");
        boolean dev = has(Epoch::devLoss);
        if (has(Epoch::loss)) {
            Element panel = Charts.panel(grid, dev ? "Loss, training and development" : "Training loss");
            List<Double> all = new ArrayList<>(values(Epoch::loss));
            all.addAll(values(Epoch::devLoss));
            Drawing drawing = new Drawing(panel, Charts.WIDTH, BOTTOM + 22, "Loss by epoch; the numbers stand below");
            axes(drawing, all);
            line(drawing, "c0", all, Epoch::loss, "training loss");
            if (dev) {
                line(drawing, "c6", all, Epoch::devLoss, "development loss");
                Element legend = panel.appendElement("ul").addClass("legend");
                Charts.sample(legend.appendElement("li"), "c0").appendText("training");
                Charts.sample(legend.appendElement("li"), "c6").appendText("development");
            }
        }
        if (has(Epoch::score)) {
            Element panel = Charts.panel(grid, "Development " + metric());
            List<Double> all = values(Epoch::score);
            Drawing drawing = new Drawing(
                    panel, Charts.WIDTH, BOTTOM + 22, "Development score by epoch; the numbers stand below");
            axes(drawing, all);
            line(drawing, "c2", all, Epoch::score, metric());
        }
    }

    private List<Double> values(ToDoubleFunction<Epoch> value) {
        return epochs.stream()
                .map(value::applyAsDouble)
                .filter(Double::isFinite)
                .toList();
    }

    private Axis across() {
        return new Axis(
                epochs.get(0).number(),
                Math.max(
                        epochs.get(0).number() + 1,
                        epochs.get(epochs.size() - 1).number()),
                LEFT,
                Charts.WIDTH - 8);
    }

    private static Axis up(Collection<Double> values) {
        return Axis.around(Charts.min(values), Charts.max(values), BOTTOM, 8);
    }

    private void axes(Drawing drawing, List<Double> values) {
        Charts.vertical(drawing, up(values), LEFT, Charts.WIDTH - 8);
        Charts.epochs(drawing, across(), BOTTOM);
        kept().ifPresent(epoch -> {
            double x = across().at(epoch.number());
            boolean right = x > Charts.WIDTH / 2;
            drawing.line("zero", x, 8, x, BOTTOM);
            drawing.text(right ? "tick end" : "tick", right ? x - 4 : x + 4, 18, "kept");
        });
    }

    /** The epoch whose state is kept, if that is not the last one. */
    private Optional<Epoch> kept() {
        return end.filter(finished -> finished.bestEpoch() < finished.epoch()).flatMap(finished -> epochs.stream()
                .filter(epoch -> epoch.number() == finished.bestEpoch())
                .findFirst());
    }

    /** How many epochs were made, and which state is kept. */
    Optional<String> length(int most) {
        return end.map(finished -> finished.epoch() + " of at most " + most
                + (finished.reason().equals("patience") ? ", until there was no more gain" : "")
                + (finished.reason().equals("listener") ? ", until a listener ended it" : "") + "; keeps "
                + (finished.bestEpoch() == 0 ? "the start" : "epoch " + finished.bestEpoch()));
    }

    private void line(
            Drawing drawing, String colour, Collection<Double> values, ToDoubleFunction<Epoch> value, String name) {
        List<double[]> points = new ArrayList<>();
        for (Epoch epoch : epochs) {
            double y = value.applyAsDouble(epoch);
            if (Double.isFinite(y)) {
                points.add(new double[] {across().at(epoch.number()), up(values).at(y)});
            }
        }
        drawing.path("series " + colour, points, name);
        for (Epoch epoch : epochs) {
            double y = value.applyAsDouble(epoch);
            if (Double.isFinite(y)) {
                drawing.dot(
                        "mark " + colour,
                        across().at(epoch.number()),
                        up(values).at(y),
                        epochs.size() > 40 ? 1.8 : 2.8,
                        String.format(Locale.ROOT, "%s, epoch %d: %.4f", name, epoch.number(), y));
            }
        }
    }
}
