package org.unipelt.spark;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.SparkEnv;
import org.unipelt.InputException;
import org.unipelt.experiment.Sweep;

/**
 * The studies that this executor has opened. A base model is opened once in the life of an executor, not once a task, and Spark
 * has no other place for what outlives a task: so this is one of the few things that a process has one of.
 */
final class OpenStudies {
    private static final OpenStudies HERE = new OpenStudies();

    private final Map<SentStudy, Sweep> open = new HashMap<>();

    private OpenStudies() {}

    static OpenStudies here() {
        return HERE;
    }

    /**
     * Opens a study, unless it is open.
     *
     * @throws InputException if it cannot be read on this node
     */
    synchronized Sweep sweep(SentStudy sent) {
        Sweep known = open.get(sent);
        if (known == null) {
            OwnCores.use();
            known = sent.study().open();
            open.put(sent, known);
        }
        return known;
    }

    /** The name of this node, for messages. */
    static String node() {
        SparkEnv spark = SparkEnv.get();
        return spark == null
                ? InetAddress.getLoopbackAddress().getHostName()
                : spark.blockManager().blockManagerId().host();
    }
}
