package org.unipelt.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.unipelt.InputException;
import org.unipelt.tracking.MlFlow;
import org.unipelt.tracking.TensorBoard;
import org.unipelt.training.TrainingEvent;
import picocli.CommandLine.Option;

/** Where else a training is shown. */
final class TrackingOptions {
    /** The options; a resumed training may have others than before. */
    static final List<String> NAMES = List.of("--tensorboard", "--mlflow", "--mlflow-experiment");

    private static final String ADDRESS = "MLFLOW_TRACKING_URI";

    @Option(
            names = "--tensorboard",
            arity = "0..1",
            paramLabel = "DIR",
            fallbackValue = "",
            description =
                    "Writes event files for TensorBoard into a folder of DIR with the name of the model's folder, or"
                            + " without DIR into the model's folder itself.")
    private @Nullable String tensorboard;

    @Option(
            names = "--mlflow",
            paramLabel = "URL|env",
            description = "Shows the training on the MLflow server of this address; env takes the address from"
                    + " MLFLOW_TRACKING_URI. MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and"
                    + " MLFLOW_TRACKING_PASSWORD, are heeded. Uploads no files.")
    private @Nullable String mlflow;

    @Option(
            names = "--mlflow-experiment",
            paramLabel = "NAME",
            description = "Experiment of MLflow, created if it does not exist. Default: Default.")
    private @Nullable String experiment;

    /**
     * Checks the options before anything is read.
     *
     * @throws InputException if one is wrong
     */
    void check(Console console) {
        listeners(Path.of("run"), console);
    }

    /**
     * The listeners that show a training.
     *
     * @param run the folder of the training
     * @throws InputException if an option is wrong
     */
    List<TrainingEvent.Listener> listeners(Path run, Console console) {
        List<TrainingEvent.Listener> listeners = new ArrayList<>();
        if (tensorboard != null) {
            Path folder = tensorboard.isEmpty() ? run : Path.of(tensorboard).resolve(name(run));
            listeners.add(TensorBoard.in(folder, what -> console.say("warning: " + what)));
        }
        if (mlflow != null) {
            listeners.add(MlFlow.at(
                    address(),
                    experiment == null ? "Default" : experiment,
                    name(run),
                    System.getenv(),
                    what -> console.say("warning: " + what)));
        } else if (experiment != null) {
            throw new InputException("--mlflow-experiment goes with --mlflow; add --mlflow URL");
        }
        return listeners;
    }

    private String address() {
        if (!Objects.requireNonNull(mlflow).equals("env")) {
            return mlflow;
        }
        String address = System.getenv(ADDRESS);
        if (address == null || address.isEmpty()) {
            throw new InputException("--mlflow env takes the server's address from " + ADDRESS + ", which is not set");
        }
        return address;
    }

    private static String name(Path run) {
        return run.toAbsolutePath().normalize().getFileName().toString();
    }
}
