package org.unipelt.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.unipelt.InputException;
import org.unipelt.Words;
import org.unipelt.backbone.Pooling;
import org.unipelt.cli.ResultStream.Unwritten;
import org.unipelt.data.LabelKind;
import org.unipelt.experiment.report.Report;
import org.unipelt.interop.Export;
import org.unipelt.metric.Calibrate;
import org.unipelt.tensor.Device;
import org.unipelt.tensor.Precision;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** Starts the {@code unipelt} command. */
public final class Main {
    private Main() {}

    /**
     * Runs the command and ends the process: with 0 on success, 1 if the output could not be written, 130 after Ctrl-C,
     * and 2 for any other error.
     */
    public static void main(String[] args) {
        System.exit(run(args, Console.ofProcess()));
    }

    /**
     * Runs the command within this process.
     *
     * @return the exit code
     */
    public static int run(String[] args, Console console) {
        CommandLine line = line(console);
        Unipelt unipelt = line.getCommand();
        ConfigFile config = new ConfigFile(
                Objects.requireNonNull(line.getSubcommands().get("train")).getCommandSpec());
        ErrorReporter complaints = new ErrorReporter(console, unipelt::stacktrace, config);
        // Kept until picocli is done: it would report write errors in its own way.
        StringWriter help = new StringWriter();
        line.setOut(new PrintWriter(help))
                .setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8))
                .setExecutionStrategy(parsed -> {
                    refuseRepeated(parsed);
                    ThreadOptions.take(parsed);
                    return new CommandLine.RunLast().execute(parsed);
                })
                .setParameterExceptionHandler((e, given) -> complaints.about(e))
                .setExecutionExceptionHandler((e, command, given) -> complaints.about(e));
        try {
            int code = line.execute(config.expand(OldNames.replace(args)));
            console.out().print(help);
            console.out().flush();
            return code;
        } catch (InputException | Unwritten | OutOfMemoryError | LinkageError e) {
            return complaints.about(e);
        }
    }

    /** Returns the command with all of its sub-commands: what it reads, and not yet what it does about errors. */
    public static CommandLine line(Console console) {
        CommandLine line = new CommandLine(new Unipelt())
                .addSubcommand(new QuickstartCommand(console))
                .addSubcommand(new MethodsCommand(console))
                .addSubcommand(
                        new CommandLine(new ModelsCommand(console)).addSubcommand(new ModelsFetchCommand(console)))
                .addSubcommand(new CheckCommand(console))
                .addSubcommand(TrainCommand.line(console))
                .addSubcommand(new CommandLine(new SweepCommand(console))
                        .addSubcommand(new SweepStatusCommand(console))
                        .addSubcommand(new SweepPackCommand(console)))
                .addSubcommand(CompareCommand.line(console))
                .addSubcommand(new RunsCommand(console))
                .addSubcommand(new ReportCommand(console))
                .addSubcommand(new EvaluateCommand(console))
                .addSubcommand(new PredictCommand(console))
                .addSubcommand(new ServeCommand(console))
                .addSubcommand(new GatesCommand(console))
                .addSubcommand(new ImportCommand(console))
                .addSubcommand(new ExportCommand(console))
                .addSubcommand(new CardCommand(console))
                .addSubcommand(new CommandLine.HelpCommand())
                .addSubcommand(new AutoComplete.GenerateCompletion());
        // After adding the sub-commands: these settings apply to them too. A text to predict may begin with @.
        return line.setExpandAtFiles(false)
                .registerConverter(Pooling.class, Pooling::of)
                .registerConverter(Precision.class, Precision::named)
                .registerConverter(Device.class, Device::named)
                .registerConverter(LabelKind.class, text -> Words.constant(LabelKind.class, "value", text))
                .registerConverter(Calibrate.class, text -> Words.constant(Calibrate.class, "value", text))
                .registerConverter(Report.Format.class, Report.Format::named)
                .registerConverter(Export.Format.class, Export.Format::named);
    }

    /**
     * Refuses a repeated option. For an option in a group, picocli would take the last value and silently reset the
     * rest of the group.
     */
    private static void refuseRepeated(CommandLine.ParseResult parsed) {
        for (CommandLine line : parsed.asCommandLineList()) {
            List<String> args = line.getParseResult().originalArgs();
            List<String> options = args.contains("--") ? args.subList(0, args.indexOf("--")) : args;
            for (OptionSpec option : line.getCommandSpec().options()) {
                long times = options.stream()
                        .filter(arg -> Arrays.stream(option.names())
                                .anyMatch(name -> arg.equals(name) || arg.startsWith(name + "=")))
                        .count();
                if (times > 1 && !option.isMultiValue()) {
                    throw new ParameterException(
                            line, option.longestName() + " is given " + times + " times; give it once");
                }
            }
        }
    }
}
