package org.unipelt.spark;

import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.unipelt.InputException;
import org.unipelt.experiment.Cell;
import org.unipelt.experiment.Cluster;
import org.unipelt.experiment.Executor;
import org.unipelt.experiment.Store;
import org.unipelt.experiment.Study;
import org.unipelt.experiment.TablePrediction;

/** A Spark cluster. Settings of {@code spark-submit} and system properties {@code spark.*} hold. */
public final class SparkCluster implements Cluster {
    private static final String LOCAL = "local-cluster[";
    private static final String JARS = "spark.jars";
    private static final String CLASS_PATH = "spark.executor.extraClassPath";
    private static final String JAVA_OPTIONS = "spark.executor.extraJavaOptions";

    private final JavaSparkContext spark;

    private SparkCluster(JavaSparkContext spark) {
        this.spark = spark;
    }

    /** Reaches Spark clusters. */
    public static final class Provider implements Cluster.Provider {
        /** Finds the classes of Spark later, so that their absence is told. */
        public Provider() {}

        @Override
        public Cluster reach(String master) {
            Objects.requireNonNull(master, "master is null");
            try {
                Class.forName("org.apache.spark.SparkContext", false, Provider.class.getClassLoader());
            } catch (ClassNotFoundException e) {
                throw InputException.about(
                        "master",
                        "--master needs Spark on the class path; let SPARK_HOME name its folder, or use spark-submit");
            }
            return SparkCluster.of(master);
        }
    }

    private static SparkCluster of(String master) {
        SparkConf conf = new SparkConf()
                .setMaster(master)
                .setIfMissing("spark.app.name", "unipelt")
                .setIfMissing("spark.ui.enabled", "false");
        if (!conf.contains(JARS)) {
            // Unless spark-submit sends jars, nodes have this program where this one has it.
            conf.setIfMissing(CLASS_PATH, System.getProperty("java.class.path"));
        }
        conf.setIfMissing(JAVA_OPTIONS, "-Dorg.bytedeco.javacpp.maxphysicalbytes=0");
        if (master.startsWith(LOCAL)) {
            conf.setIfMissing("spark.driver.host", "127.0.0.1")
                    .setIfMissing("spark.driver.bindAddress", "127.0.0.1")
                    .setIfMissing("spark.executor.cores", cores(master))
                    .setIfMissing("spark.executor.memory", memory(master) + "m");
        }
        try {
            return new SparkCluster(new JavaSparkContext(conf));
        } catch (RuntimeException e) {
            throw InputException.about("master", "Spark cannot start with --master " + master + ": " + e.getMessage());
        }
    }

    private static String[] sizes(String master) {
        String[] sizes = master.substring(LOCAL.length()).replace("]", "").split(",", -1);
        if (sizes.length != 3) {
            throw InputException.about(
                    "master",
                    "--master local-cluster needs workers, cores and MiB of each, as in local-cluster[2,1,1024]");
        }
        return sizes;
    }

    private static String cores(String master) {
        return sizes(master)[1].strip();
    }

    private static String memory(String master) {
        return sizes(master)[2].strip();
    }

    @Override
    public Executor executor(Study study, Predicate<Cell> kept, Consumer<Cell> finished) {
        return new SparkExecutor(spark, study, kept, finished);
    }

    @Override
    public Copy copy(Store store, String address) {
        return StudyCopy.of(spark.hadoopConfiguration(), store, address);
    }

    @Override
    public Optional<TablePrediction.Done> predict(
            TablePrediction work, TablePrediction.Listener listener, BooleanSupplier stop) {
        return new TableJob(SparkSession.builder().getOrCreate(), work, listener).run(stop);
    }

    @Override
    public String address() {
        return spark.getConf().get("spark.driver.host");
    }

    @Override
    public Ranks ranks(int world, int port, Consumer<String> told) {
        return BarrierRanks.start(spark, world, address(), port, told);
    }

    @Override
    public void close() {
        spark.stop();
    }
}
