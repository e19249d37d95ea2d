package org.unipelt.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.unipelt.data.ColumnGuess;
import org.unipelt.data.ColumnNames;
import org.unipelt.data.LabelKind;
import org.unipelt.data.Profile;
import org.unipelt.data.Table;
import org.unipelt.hub.BaseModel;
import org.unipelt.tensor.Compute;
import org.unipelt.training.Setting;
import org.unipelt.tuned.CutTexts;
import org.unipelt.tuned.DataSpec;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code unipelt check}: shows what {@code train} would learn from a table. */
@Command(
        name = "check",
        header = "Checks a table before training.",
        description = {
            "",
            "Shows the number of rows, the classes with their counts, and how many texts are too long. Warns about"
                    + " possible mistakes, and prints the command that trains. Guesses the columns that you do not"
                    + " name.",
            ""
        },
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  unipelt check tickets.csv",
            "  unipelt check tickets.csv --label queue --test more.csv --merge-case"
        })
final class CheckCommand implements Callable<Integer> {
    private static final int WIDEST_BAR = 40;
    private static final int LONGEST_NAME = 24;
    private static final int MOST_BARS = 30;

    private final Console console;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "TABLE", description = "The table: .tsv, .csv or .jsonl, also with .gz.")
    private Path file;

    @Option(names = "--dev", paramLabel = "FILE", description = "Development rows to compare with the table.")
    private @Nullable Path dev;

    @Option(names = "--test", paramLabel = "FILE", description = "Test rows to compare with the table.")
    private @Nullable Path test;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "Base model that counts the tokens: " + ModelOptions.WHAT_MODEL + " Default: "
                    + ModelOptions.DEFAULT_MODEL + ".")
    private String model = ModelOptions.DEFAULT_MODEL;

    @Option(names = "--max-length", paramLabel = "N", description = "Tokens per text. Default: 128.")
    private int maxLength = Setting.MAX_LENGTH.usual().orElseThrow();

    @ArgGroup(validate = false, heading = "%nColumns:%n")
    private ColumnOptions columns = new ColumnOptions();

    @ArgGroup(validate = false, heading = "%nReading tables:%n")
    private PreparationOptions preparation = new PreparationOptions();

    @Mixin
    private CommonOptions common;

    CheckCommand(Console console) {
        this.console = console;
    }

    /** The result. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    record Result(
            String table,
            Optional<String> text,
            Optional<String> pair,
            Optional<String> label,
            Profile data,
            CutTexts texts,
            String next) {}

    @Override
    public Integer call() {
        Setting.MAX_LENGTH.given(Integer.toString(maxLength));
        Table table = Table.read(file, preparation.preparation().dialect());
        ColumnGuess guess = ColumnGuess.of(
                table, spec(columns.text(), columns.pair(), columns.label()).columns());
        List<String> remarks = new ArrayList<>();
        DataSpec.Files rows = spec(
                        guess.names().text(),
                        guess.names().pair(),
                        guess.names().label())
                .read(remarks::add);
        List<String> repeated = new ArrayList<>(remarks);
        rows.dev()
                .flatMap(part -> rows.labels().repeated("development", part, rows.train()))
                .ifPresent(repeated::add);
        rows.test()
                .flatMap(part -> rows.labels().repeated("test", part, rows.train()))
                .ifPresent(repeated::add);
        Profile profile =
                rows.labels().profile(rows.train(), columns.labels().isEmpty()).with(repeated);
        CutTexts cut;
        try (BaseModel base = DownloadProgress.open(model, Compute.cpu(), console)) {
            cut = CutTexts.of(base, rows.train(), maxLength);
        }
        String next = next(guess.names(), profile);
        if (common.json()) {
            console.printJson(new Result(
                    file.toString(),
                    guess.names().text(),
                    guess.names().pair(),
                    guess.names().label(),
                    profile,
                    cut,
                    next));
        } else {
            show(table, guess, profile, cut, next);
        }
        return 0;
    }

    private DataSpec spec(Optional<String> text, Optional<String> pair, Optional<String> label) {
        return new DataSpec(
                Optional.empty(),
                file,
                Optional.ofNullable(dev),
                Optional.ofNullable(test),
                text,
                pair,
                label,
                columns.labels().orElse(LabelKind.AUTO),
                Optional.empty(),
                DataSpec.FIRST_SEED,
                preparation.preparation());
    }

    private void show(Table table, ColumnGuess guess, Profile profile, CutTexts cut, String next) {
        int width = console.columns();
        ColumnNames names = guess.names();
        console.printSentence("columns " + String.join(", ", table.columns()));
        console.print("text    " + names.text().map(name -> "in '" + name + "'").orElse("by the usual name"));
        if (names.queries()) {
            console.print("pair    in '" + names.pair().orElseThrow() + "'");
        }
        console.print("label   "
                + names.label().map(name -> "in '" + name + "'").orElse("in 'label'")
                + (guess.others().isEmpty() ? "" : "; it could also be " + String.join(" or ", guess.others())));
        names.several().ifPresent(how -> console.printSentence("read    " + how));
        console.print("labels  " + profile.said(width - "labels  ".length()));
        console.printSentence("texts   " + cut.describe());
        bars(profile.classes(), width);
        if (!profile.warnings().isEmpty()) {
            console.print("");
        }
        profile.warnings().forEach(warning -> console.printSentence("warning: " + warning));
        console.print("");
        console.print("Next:");
        console.print("  " + next);
    }

    private void bars(Map<String, Integer> classes, int width) {
        if (classes.isEmpty()) {
            return;
        }
        console.print("");
        int most = classes.values().iterator().next();
        int digits = Integer.toString(most).length();
        int name = classes.keySet().stream()
                .mapToInt(each -> shortened(each).length())
                .max()
                .orElse(0);
        int room = Math.max(1, Math.min(WIDEST_BAR, width - name - digits - 4));
        classes.entrySet().stream().limit(MOST_BARS).forEach(entry -> {
            String label = shortened(entry.getKey());
            String count = entry.getValue().toString();
            console.print(label + " ".repeat(name - label.length() + 2) + " ".repeat(digits - count.length()) + count
                    + "  " + "█".repeat(Math.max(1, (int) Math.round((double) room * entry.getValue() / most))));
        });
        if (classes.size() > MOST_BARS) {
            console.print("… and " + (classes.size() - MOST_BARS) + " more");
        }
    }

    private static String shortened(String label) {
        String plain = Console.plain(label);
        return plain.length() <= LONGEST_NAME ? plain : plain.substring(0, LONGEST_NAME - 1) + "…";
    }

    private String next(ColumnNames names, Profile profile) {
        List<Object> words = new ArrayList<>(List.of("train", "--train", file));
        names.text().ifPresent(name -> words.addAll(List.of("--text", name)));
        names.label().ifPresent(name -> words.addAll(List.of("--label", name)));
        words.addAll(
                Retyped.options(spec.commandLine().getParseResult(), option -> !List.of("--text", "--label", "--json")
                        .contains(option)));
        if (profile.uneven()) {
            words.addAll(List.of("--metric", "macro-f1"));
        }
        return console.typed(words.toArray());
    }
}
