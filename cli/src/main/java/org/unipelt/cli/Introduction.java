package org.unipelt.cli;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.unipelt.Words;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Profile;
import org.unipelt.data.SpanFile;
import org.unipelt.hub.BaseModel;
import org.unipelt.metric.Metric;
import org.unipelt.run.Run;
import org.unipelt.task.ParameterCounts;
import org.unipelt.training.TrainingConfig;
import org.unipelt.tuned.CutTexts;
import org.unipelt.tuned.DataSpec;

/** The lines about data and run that {@code train} prints before it begins. */
record Introduction(Console console, Run run, DataSpec.Loaded loaded, Profile profile, BaseModel base) {
    private static final int WIDTH = 80;

    void print(boolean quiet, ParameterCounts counts, String rateOrigin) {
        if (quiet) {
            return;
        }
        int length = run.spec().training().maxLength();
        run.spec().data().flatMap(data -> data.columns().several()).ifPresent(how -> console.say("read    " + how));
        boolean names = loaded.labels().kind() == LabelKind.TOKENS;
        run.data()
                .filter(data -> names)
                .map(data -> SpanFile.read(data.train(), data.columns(), data.preparation(), remark -> {}))
                .ifPresent(file -> console.say("read    " + file.form()));
        console.say("labels  " + profile.said(WIDTH - "labels  ".length()));
        console.say("data    " + run.describe(loaded));
        DataSpec.Loaded learned = names && loaded.split().aside() ? loaded.together() : loaded;
        CutTexts cut = CutTexts.of(base, learned.split().train(), length);
        console.say("texts   " + (names ? cut.describeWindows() : cut.describe()));
        console.say("base    " + base.name() + String.format(Locale.ROOT, ", %,d weights", counts.backbone()));
        // Blanks mean nothing in a method's text; with them a long one breaks between its options.
        console.say("method  " + run.spec().method().toString().replace(",", ", "));
        console.say(String.format(
                Locale.ROOT,
                "trains  %,d parameters, %,d of them saved besides the head (%.2f%% of the base)",
                counts.exact(),
                counts.paper(),
                counts.percent()));
        if (run.spec().method().trainsBySteps()) {
            TrainingConfig settings = run.spec().training();
            console.say("rate    " + new BigDecimal(Double.toString(settings.learningRate())).toPlainString() + ", "
                    + rateOrigin);
            // The names of the options that change them.
            console.say(String.format(
                    Locale.ROOT,
                    "steps   epochs %d, batch-size %d, dropout %s, seed %d, head-start %s, keep %s",
                    settings.epochs(),
                    settings.batchSize(),
                    settings.dropout(),
                    settings.seed(),
                    Words.of(settings.headStart()),
                    Words.of(settings.keep())));
        }
        console.say("into    " + run.folder());
    }

    /** Returns warnings about possible mistakes in the data, about uneven classes, and about the method on this base model. */
    List<String> warnings() {
        List<String> warnings = new ArrayList<>(profile.warnings());
        run.spec().method().remark(base.backbone()).ifPresent(warnings::add);
        if (profile.uneven() && run.spec().training().metric() == Metric.ACCURACY) {
            warnings.add(
                    "the largest class has many times the rows of the smallest, and accuracy says little about small"
                            + " classes; use --metric macro-f1, and try --class-weights balanced");
        }
        return warnings;
    }
}
