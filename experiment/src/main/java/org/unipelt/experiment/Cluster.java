package org.unipelt.experiment;

import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.unipelt.InputException;

/**
 * Machines that run the cells of a sweep, predict tables, or train one model together. Close it when all is done.
 */
public interface Cluster extends AutoCloseable {
    /**
     * Returns what runs the cells of a study there.
     *
     * @param kept whose tuned models are kept, as {@link Sweep#run} has it
     * @param finished receives each cell once its result is stored
     */
    Executor executor(Study study, Predicate<Cell> kept, Consumer<Cell> finished);

    /**
     * Returns a copy of a store in a folder that the cluster's file systems reach, and perhaps this machine does not.
     *
     * @param address the folder, e.g. {@code s3a://bucket/study}; it need not exist
     * @throws InputException if there is no such file system
     */
    Copy copy(Store store, String address);

    /** A copy of a store's finished runs. */
    interface Copy {
        /**
         * Fetches the runs that are finished there and not here.
         *
         * @return their number
         * @throws InputException if they cannot be read
         */
        int fetch();

        /**
         * Adds a finished run.
         *
         * @throws InputException if it cannot be written
         */
        void put(Cell cell);
    }

    /**
     * Predicts a table, and waits for it.
     *
     * @param stop asked now and then
     * @return what was done; empty if it was asked to stop, and then there is no output
     * @throws InputException if the table, its columns, the model or a node's base model is wrong, or the output exists
     */
    Optional<TablePrediction.Done> predict(
            TablePrediction work, TablePrediction.Listener listener, BooleanSupplier stop);

    /** Returns the address at which the machines reach this process. */
    String address();

    /**
     * Starts the ranks above 0 of a training whose rank 0 is this process, all at once. They end with it.
     *
     * @param world the number of ranks, rank 0 among them
     * @param port where rank 0 waits for them, at {@link #address}; see {@link org.unipelt.training.Rendezvous}
     * @param told receives why they failed, if they do
     * @throws InputException if there are not enough machines
     */
    Ranks ranks(int world, int port, Consumer<String> told);

    /** Ranks of a training. */
    interface Ranks extends AutoCloseable {
        /** Waits for their end. Close the group of rank 0 before. */
        @Override
        void close();
    }

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
