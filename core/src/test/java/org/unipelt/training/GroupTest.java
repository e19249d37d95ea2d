package org.unipelt.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.unipelt.InputException;
import org.unipelt.runtime.Engine;
import org.unipelt.tensor.Compute;
import org.unipelt.tensor.Weights;

/** Process groups whose ranks are threads of this process. */
class GroupTest {
    private static final String HERE = "127.0.0.1";
    private static final Duration SOON = Duration.ofSeconds(1);

    /** Which of the tensors a, b and c each piece uses, with a signed zero here and there; nobody uses d. */
    private static final List<String> PIECES = List.of("a", "b", "c", "ab", "b", "c", "abc");

    /** Runs every rank in a thread, and returns what each returns or the message of what it throws. */
    static <T> List<Object> ranks(int world, Duration patience, Function<Group, T> work) {
        List<Callable<Object>> calls = new ArrayList<>();
        try (Rendezvous place = Rendezvous.open(HERE, 0)) {
            int port = place.port();
            for (int rank = 0; rank < world; rank++) {
                int number = rank;
                calls.add(() -> {
                    try (Group group = number == 0
                            ? place.join(world, patience)
                            : Group.join(HERE, port, number, world, patience, Optional.empty())) {
                        return work.apply(group);
                    } catch (InputException e) {
                        return e.getMessage();
                    }
                });
            }
            return all(calls);
        }
    }

    private static List<Object> all(List<Callable<Object>> calls) {
        ExecutorService threads = Executors.newFixedThreadPool(calls.size());
        try {
            List<Object> results = new ArrayList<>();
            for (Future<Object> each : threads.invokeAll(calls)) {
                results.add(each.get());
            }
            return results;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void everyRankGetsTheTextsOfAll() {
        assertThat(ranks(3, Duration.ofSeconds(20), group -> group.gather("ä".repeat(group.rank()))))
                .containsOnly(List.of("", "ä", "ää"));
        assertThat(Group.alone().gather("a")).isEqualTo(List.of("a"));
    }

    @Test
    void theSumHasTheBitsOfOneProcess() {
        Engine.start();
        for (int world : new int[] {2, 3}) {
            List<Object> sums = ranks(world, Duration.ofSeconds(20), group -> {
                try (Weights weights = weights()) {
                    OrderedReduce reduce = new OrderedReduce(group, weights.asMap(), Compute.cpu());
                    int from = reduce.from(group.rank(), PIECES.size());
                    int to = reduce.from(group.rank() + 1, PIECES.size());
                    int most = group.rank() == 0 ? to - from : 1;
                    List<Gradients> own = new ArrayList<>();
                    for (int at = from; at < to; at += most) {
                        int first = at;
                        own.add(PieceSum.of(
                                Compute.cpu(), weights.asMap(), most, piece -> loss(weights, first + piece)));
                    }
                    Optional<Gradients> sum = reduce.add(own, PIECES.size());
                    own.forEach(Gradients::close);
                    return sum.map(GroupTest::bits).orElse(Map.of());
                }
            });
            try (Weights weights = weights();
                    Gradients alone =
                            PieceSum.of(Compute.cpu(), weights.asMap(), PIECES.size(), piece -> loss(weights, piece))) {
                assertThat(sums.get(0)).as("world %s", world).isEqualTo(bits(alone));
            }
            assertThat(sums.subList(1, world)).containsOnly(Map.of());
        }
    }

    private static Weights weights() {
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (String name : List.of("a", "b", "c", "d")) {
                tensors.put(name, Tensor.create(new float[] {0.1f, 0, 7}).set_requires_grad(true));
            }
            return Weights.of(tensors);
        }
    }

    /** Its gradients differ in magnitude, so that another order gives other bits; the second number's is a zero, signed. */
    private static Tensor loss(Weights weights, int piece) {
        Tensor factors = Tensor.create(new float[] {(float) Math.pow(-9.7, piece), -0.0f, 1e-3f});
        return PIECES.get(piece)
                .chars()
                .mapToObj(name -> weights.get(String.valueOf((char) name)).mul(factors))
                .reduce(Tensor::add)
                .orElseThrow()
                .sum()
                .add(new Scalar(piece));
    }

    private static Map<String, List<Integer>> bits(Gradients gradients) {
        Map<String, List<Integer>> bits = new LinkedHashMap<>();
        gradients.byName().forEach((name, gradient) -> {
            float[] values = new float[(int) gradient.numel()];
            gradient.data_ptr_float().get(values);
            bits.put(
                    name,
                    IntStream.range(0, values.length)
                            .mapToObj(i -> Float.floatToRawIntBits(values[i]))
                            .toList());
        });
        bits.put("loss", List.of(Float.floatToRawIntBits((float) gradients.loss())));
        return bits;
    }

    @Test
    void aRankThatNeverComesIsNamedToAll() {
        try (Rendezvous place = Rendezvous.open(HERE, 0)) {
            // Ports above 32767 are no positive shorts.
            assertThat(place.port()).isBetween(1, 65_535);
            String missing = "rank 2 did not come to 127.0.0.1:" + place.port()
                    + " in 1 s; start every rank from 0 to 2 with the same --meet and --world";
            assertThat(all(List.of(
                            () -> message(() -> place.join(3, SOON)),
                            () -> message(() ->
                                    Group.join(HERE, place.port(), 1, 3, Duration.ofSeconds(9), Optional.empty())))))
                    .containsOnly(missing);
        }
    }

    private static String message(Callable<Group> join) throws Exception {
        try (Group group = join.call()) {
            return "joined";
        } catch (InputException e) {
            return e.getMessage();
        }
    }

    @Test
    void ranksThatDoNotFitAreNamed() {
        try (Rendezvous place = Rendezvous.open(HERE, 0)) {
            int port = place.port();
            assertThat(all(List.of(
                            () -> message(() -> place.join(2, Duration.ofSeconds(9))),
                            () -> message(
                                    () -> Group.join(HERE, port, 1, 3, Duration.ofSeconds(9), Optional.empty())))))
                    .containsOnly(
                            "rank 1 was started with --world 3, and rank 0 with --world 2; give every rank the same");
        }
        try (Rendezvous place = Rendezvous.open(HERE, 0)) {
            int port = place.port();
            Callable<Object> twice =
                    () -> message(() -> Group.join(HERE, port, 1, 3, Duration.ofSeconds(9), Optional.empty()));
            assertThat(all(List.of(() -> message(() -> place.join(3, Duration.ofSeconds(9))), twice, twice)))
                    .containsOnly("rank 1 came to 127.0.0.1:" + port + " twice; give each process its own --rank");
        }
    }

    @Test
    void aWrongAddressIsRefused() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            List<String> mistakes = List.of(
                    mistake(HERE, port, 0, 2),
                    mistake("192.0.2.1", 29_500, 0, 2),
                    mistake("no-such-machine.invalid", 29_500, 1, 2),
                    mistake(HERE, 70_000, 0, 2),
                    mistake(HERE, 29_500, 2, 2),
                    mistake(HERE, 29_500, 0, 1));
            assertThat(mistakes.get(0))
                    .startsWith(HERE + ":" + port + " cannot be opened: ")
                    .endsWith("another port");
            assertThat(mistakes.subList(1, 6))
                    .containsExactly(
                            "192.0.2.1 is no address of this machine, which must be reached there; give one of its own",
                            "'no-such-machine.invalid' is the name of no machine; check the address",
                            "a port is from 1 to 65535, got 70000",
                            "rank must be from 0 to 1 in a world of 2, got 2",
                            "world is the number of processes, 2 or more, got 1");
        }
        assertThatThrownBy(() -> Group.join(HERE, 1, 1, 2, SOON, Optional.empty()))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("rank 0 did not come to 127.0.0.1:1 in 1 s (")
                .hasMessageEndingWith("); start it, and check the address");
    }

    private static String mistake(String host, int port, int rank, int world) {
        try (Group group = Group.join(host, port, rank, world, SOON, Optional.empty())) {
            return "joined";
        } catch (InputException e) {
            return e.getMessage();
        }
    }

    @Test
    void whoLeavesIsNamedAtOnce() {
        long begun = System.nanoTime();
        List<Object> ends = ranks(3, Duration.ofMinutes(1), group -> {
            group.gather("here");
            return group.rank() == 0 ? "left" : group.gather("there?").toString();
        });
        assertThat(ends)
                .containsExactly(
                        "left",
                        "rank 0 is gone: the process ended, or its machine cannot be reached",
                        "rank 0 is gone: the process ended, or its machine cannot be reached");
        assertThat(System.nanoTime() - begun).isLessThan(Duration.ofSeconds(20).toNanos());
        assertThatThrownBy(() -> {
                    try (Rendezvous place = Rendezvous.open(HERE, 0)) {
                        place.close();
                        place.join(2, SOON);
                    }
                })
                .isInstanceOf(IllegalStateException.class);
    }
}
