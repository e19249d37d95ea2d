package org.unipelt.spark;

import java.io.Serializable;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.unipelt.InputException;
import org.unipelt.experiment.Cluster;
import org.unipelt.hub.BaseModel;
import org.unipelt.run.ReplicaRun;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Device;
import org.unipelt.training.Group;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * The ranks above 0 of a training, as the tasks of a barrier stage: Spark starts all of them at once or none. Each takes what to
 * train from rank 0, which is the driver, and reads base model and data where rank 0 has them.
 */
final class BarrierRanks implements Cluster.Ranks {
    private static final long LAST_SECONDS = 20;

    private final JavaSparkContext spark;
    private final CompletableFuture<Void> job;

    private BarrierRanks(JavaSparkContext spark, CompletableFuture<Void> job) {
        this.spark = spark;
        this.job = job;
    }

    /**
     * Starts them.
     *
     * @param world the number of ranks, rank 0 among them
     * @param host where they reach rank 0
     * @param told receives why they failed, if they do
     * @throws InputException if the cluster has too few cores
     */
    static BarrierRanks start(JavaSparkContext spark, int world, String host, int port, Consumer<String> told) {
        int cores = spark.defaultParallelism();
        if (world - 1 > cores) {
            throw InputException.about(
                    "world",
                    "--world " + world + " needs " + (world - 1)
                            + " cores of the cluster besides this process, and it has " + cores + "; give --world "
                            + (cores + 1) + " or less");
        }
        CompletableFuture<Void> job = CompletableFuture.runAsync(() -> run(spark, world, host, port, told));
        return new BarrierRanks(spark, job);
    }

    private static void run(JavaSparkContext spark, int world, String host, int port, Consumer<String> told) {
        List<Integer> ranks = IntStream.range(1, world).boxed().toList();
        ClassTag<Object> type = ClassTag$.MODULE$.apply(Object.class);
        try {
            spark.parallelize(ranks, ranks.size())
                    .rdd()
                    .barrier()
                    .mapPartitions(
                            (scala.Function1<Iterator<Integer>, Iterator<Object>> & Serializable) one -> {
                                compute(one.next(), world, host, port);
                                return CollectionConverters.<Object>asScala(
                                        List.of().iterator());
                            },
                            false,
                            type)
                    .count();
        } catch (RuntimeException e) {
            told.accept(TableJob.refused(e).getMessage());
            throw e;
        }
    }

    private static void compute(int rank, int world, String host, int port) {
        OwnCores.use();
        try (Group group = Group.join(host, port, rank, world)) {
            ReplicaRun run = ReplicaRun.of(group);
            try (BaseModel base = BaseModel.open(
                    run.model(), Compute.of(Device.CPU, run.spec().precision()))) {
                run.train(run.spec(), base, run.load(remark -> {}));
            }
        } catch (InputException e) {
            throw new InputException("rank " + rank + " on node " + OpenStudies.node() + ": " + e.getMessage(), e);
        }
    }

    /** Waits for their end, which follows that of rank 0. */
    @Override
    public void close() {
        try {
            job.get(LAST_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            // It was told.
        } catch (TimeoutException e) {
            spark.sc().cancelAllJobs();
        } catch (InterruptedException e) {
            spark.sc().cancelAllJobs();
            Thread.currentThread().interrupt();
        }
    }
}
