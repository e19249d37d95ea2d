package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.testkit.TinyBert;

/** {@code unipelt train} as one of several processes; here each is a thread. */
class GroupCommandTest {
    @TempDir
    private Path work;

    @Test
    void twoRanksWriteWhatOneProcessWrites() throws IOException {
        Path base = TinyBert.write(work.resolve("bert"));
        StringBuilder table = new StringBuilder("text\tlabel\n");
        for (int i = 0; i < 30; i++) {
            table.append(i % 2 == 0 ? "great film w" : "awful film w")
                    .append(i)
                    .append(i % 2 == 0 ? "\tgood\n" : "\tbad\n");
        }
        Path rows = Files.writeString(work.resolve("rows.tsv"), table);
        List<Object> words = new ArrayList<>(List.of("train", "--train", rows, "--model", base, "--method", "lora"));
        words.addAll(List.of("--epochs", 1, "--max-length", 16));
        List<Object> alone = new ArrayList<>(words);
        alone.addAll(List.of("--out", work.resolve("alone")));
        Shell.Outcome usual = Shell.run(alone.toArray());
        assertThat(usual.code()).as(usual.err()).isZero();

        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        List<CompletableFuture<Shell.Outcome>> ranks = new ArrayList<>();
        for (int rank = 0; rank < 2; rank++) {
            List<Object> one = new ArrayList<>(words);
            one.addAll(List.of("--out", work.resolve("both"), "--rank", rank, "--world", 2));
            one.addAll(List.of("--meet", "127.0.0.1:" + port, "--wait", 60));
            ranks.add(CompletableFuture.supplyAsync(() -> Shell.run(one.toArray()), run -> new Thread(run).start()));
        }
        Shell.Outcome first = ranks.get(0).join();
        Shell.Outcome second = ranks.get(1).join();
        assertThat(first.code()).as(first.err()).isZero();
        assertThat(first.err()).contains("rank 0 of 2: waits for the others at 127.0.0.1:" + port + "\n");
        assertThat(second.code()).as(second.err()).isZero();
        assertThat(second.out()).isEmpty();
        assertThat(second.err().lines())
                .containsExactly(
                        "rank 1 of 2: computes its share until rank 0 has finished",
                        "rank 1 of 2: done; rank 0 evaluates and saves the model");
        for (String file : List.of("adapter.safetensors", "adapter.json")) {
            assertThat(work.resolve("both").resolve(file))
                    .hasSameBinaryContentAs(work.resolve("alone").resolve(file));
        }
    }

    @Test
    void whatSeveralProcessesCannotDoIsRefused() {
        String three = "--rank 0 --world 2 --meet 127.0.0.1:29500";
        String one = " is of one process; leave out --world and what belongs to it";
        List<String> lines = List.of(
                "--train a.tsv --rank 1",
                "several processes need --rank, --world and --meet, as in --rank 0 --world 2 --meet 127.0.0.1:29500",
                "--train a.tsv --rank 0 --world 2 --meet here",
                "--meet is an address and a port, as in 127.0.0.1:29500, got 'here'",
                "--train a.tsv --folds 3 " + three,
                "a cross-validation" + one,
                "--tasks tasks.yaml " + three,
                "a training of several tasks" + one,
                "--train a.tsv --wait 0 " + three,
                "--wait is a number of seconds, 1 or more, got 0",
                "--train a.tsv --json " + three,
                "--json needs standard output for itself, and Gloo writes a line to it; leave --json out and read"
                        + " adapter.json",
                "--train a.tsv --node_rank 1",
                "unknown option '--node_rank'; here: --rank");
        for (int i = 0; i < lines.size(); i += 2) {
            Shell.Outcome outcome = Shell.run((Object[]) ("train " + lines.get(i)).split(" "));
            assertThat(outcome.code()).isEqualTo(2);
            assertThat(outcome.err().replaceAll("\\s+", " ")).as(lines.get(i)).contains(lines.get(i + 1));
        }
    }
}
