package org.unipelt.experiment;

import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.unipelt.InputException;

/** Machines that run the cells of a sweep, or predict tables. Close it when all is done. */
public interface Cluster extends AutoCloseable {
    /**
     * Returns what runs the cells of a study there.
     *
     * @param kept whose tuned models are kept, as {@link Sweep#run} has it
     */
    Executor executor(Study study, Predicate<Cell> kept);

    /**
     * Predicts a table, and waits for it.
     *
     * @param stop asked now and then
     * @return what was done; empty if it was asked to stop, and then there is no output
     * @throws InputException if the table, its columns, the model or a node's base model is wrong, or the output exists
     */
    Optional<TablePrediction.Done> predict(
            TablePrediction work, TablePrediction.Listener listener, BooleanSupplier stop);

    @Override
    void close();

    /** Reaches clusters of one kind; a jar on the class path provides it, see {@link ServiceLoader}. */
    interface Provider {
        /**
         * Reaches a cluster.
         *
         * @param master its address, e.g. {@code spark://host:7077} or {@code local-cluster[2,1,1024]}
         * @throws InputException if it cannot be reached
         */
        Cluster reach(String master);
    }

    /**
     * Reaches a cluster by the provider on the class path.
     *
     * @throws InputException if there is none, or it cannot be reached
     */
    static Cluster reach(String master) {
        return ServiceLoader.load(Provider.class)
                .findFirst()
                .orElseThrow(() -> InputException.about(
                        "master", "--master needs unipelt-spark and Spark on the class path; './unipelt' adds both"))
                .reach(master);
    }
}
