package org.unipelt.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.unipelt.tracking.TensorBoard;
import org.unipelt.training.TrainingEvent;
import picocli.CommandLine.Option;

/** Where else a training is shown. */
final class TrackingOptions {
    /** The options; a resumed training may have others than before. */
    static final List<String> NAMES = List.of("--tensorboard");

    @Option(
            names = "--tensorboard",
            arity = "0..1",
            paramLabel = "DIR",
            fallbackValue = "",
            description = "Writes event files for TensorBoard into a folder of DIR with the name of the model's folder, or"
                    + " without DIR into the model's folder itself.")
    private String tensorboard;

    /**
     * The listeners that show a training.
     *
     * @param run the folder of the training
     */
    List<TrainingEvent.Listener> listeners(Path run, Console console) {
        List<TrainingEvent.Listener> listeners = new ArrayList<>();
        if (tensorboard != null) {
            Path folder = tensorboard.isEmpty() ? run : Path.of(tensorboard).resolve(name(run));
            listeners.add(TensorBoard.in(folder, what -> console.say("warning: " + what)));
        }
        return listeners;
    }

    private static String name(Path run) {
        return run.toAbsolutePath().normalize().getFileName().toString();
    }
}
