package org.unipelt.cli;

import java.util.Optional;
import java.util.stream.Stream;
import org.unipelt.InputException;
import org.unipelt.data.LabelKind;
import org.unipelt.generation.Generation;
import org.unipelt.task.Seq2Seq;
import picocli.CommandLine.Option;

/** How a model that writes is trained and how it writes. */
final class GenerationOptions {
    @Option(
            names = "--target-length",
            paramLabel = "N",
            description = "Tokens of a target that are learned from; the rest is cut. Default: 128.")
    private Integer targetLength;

    @Option(
            names = "--label-smoothing",
            paramLabel = "X",
            description = "Share of a token's probability that is spread in the loss. Default: 0.1.")
    private Double labelSmoothing;

    @Option(
            names = "--target-language",
            paramLabel = "TOKEN",
            description = "The language to write in, for mBART, e.g. ro_RO.")
    private String language;

    @Option(names = "--beams", paramLabel = "N", description = "Texts followed at a time; 1 is greedy. Default: 1.")
    private Integer beams;

    @Option(names = "--write-at-most", paramLabel = "N", description = "Tokens of a written text. Default: 60.")
    private Integer most;

    @Option(names = "--write-at-least", paramLabel = "N", description = "Tokens of a written text. Default: 0.")
    private Integer least;

    @Option(
            names = "--length-penalty",
            paramLabel = "X",
            description = "With beams: above 0 favours long texts. Default: 1.")
    private Double lengthPenalty;

    @Option(
            names = "--early-stopping",
            description = "With beams: ends as soon as so many texts are complete as there are beams.")
    private boolean earlyStopping;

    @Option(
            names = "--no-repeat-ngram",
            paramLabel = "N",
            description = "No sequence of so many tokens is written twice. Default: 0, all may be.")
    private Integer noRepeatNgram;

    /** What was asked for, if the task is to write. */
    Optional<Seq2Seq> config(LabelKind labels) {
        boolean given = earlyStopping
                || Stream.of(targetLength, labelSmoothing, language, beams, most, least, lengthPenalty, noRepeatNgram)
                        .anyMatch(option -> option != null);
        if (!labels.isText()) {
            if (given) {
                throw new InputException("options of writing, such as --beams and --target-length, need"
                        + " --task summarization or --task translation");
            }
            return Optional.empty();
        }
        Seq2Seq usual = Seq2Seq.usual(labels);
        Generation greedy = usual.generation();
        return Optional.of(new Seq2Seq(
                labels,
                or(targetLength, usual.targetLength()),
                or(labelSmoothing, usual.labelSmoothing()),
                Optional.ofNullable(language),
                new Generation(
                        or(most, greedy.maxLength()),
                        or(least, greedy.minLength()),
                        or(beams, greedy.beams()),
                        or(lengthPenalty, greedy.lengthPenalty()),
                        earlyStopping,
                        or(noRepeatNgram, greedy.noRepeatNgram()))));
    }

    private static <T> T or(T given, T usual) {
        return given == null ? usual : given;
    }
}
