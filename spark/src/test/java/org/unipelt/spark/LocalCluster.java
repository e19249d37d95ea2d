package org.unipelt.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** A cluster on this machine: two executors that are processes of their own, with one core each. */
final class LocalCluster {
    private LocalCluster() {}

    static SparkSession start() throws IOException {
        // A launcher of executors looks for Spark's jars there, though it needs none.
        Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
        return SparkSession.builder()
                .master("local-cluster[2,1,1024]")
                .appName("test")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.executor.cores", "1")
                .config("spark.executor.memory", "512m")
                .config(
                        "spark.executor.extraClassPath",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")))
                .config(
                        "spark.executor.extraJavaOptions",
                        "-XX:TieredStopAtLevel=1 -Dorg.bytedeco.javacpp.maxphysicalbytes=0")
                .getOrCreate();
    }

    /** The process of each executor. */
    static List<Long> executors(JavaSparkContext spark) {
        return spark.parallelize(List.of(1, 2, 3, 4), 4)
                .map(each -> ProcessHandle.current().pid())
                .distinct()
                .collect();
    }
}
