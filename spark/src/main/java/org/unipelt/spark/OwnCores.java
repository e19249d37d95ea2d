package org.unipelt.spark;

import org.apache.spark.SparkEnv;
import org.unipelt.runtime.Engine;

/** The cores of an executor: several may share a machine, so each takes those that Spark gave it and no more. */
final class OwnCores {
    private static final String CORES = "spark.executor.cores";

    private OwnCores() {}

    /** Sets the engine's number of workers, unless somebody did; it reads that at its start. */
    static void use() {
        SparkEnv spark = SparkEnv.get();
        if (System.getProperty(Engine.THREADS) == null
                && spark != null
                && spark.conf().contains(CORES)) {
            System.setProperty(Engine.THREADS, spark.conf().get(CORES));
        }
    }
}
