package org.unipelt.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.InputException;

/** Who works in a folder keeps everybody else out, and a dead process nobody. */
class FolderLockTest {
    @TempDir
    Path folder;

    @Test
    void theSecondOfOneProcessIsRefusedAndTheFirstKeepsOthersOut() throws IOException, InterruptedException {
        long pid = ProcessHandle.current().pid();
        try (FolderLock lock = FolderLock.take(folder)) {
            // Each refusal must leave the lock as it is: a system forgets it when any channel of the file is closed.
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> FolderLock.take(folder))
                        .isInstanceOf(InputException.class)
                        .hasMessage(folder + ": process " + pid + " (this one) is using this folder; wait for it or"
                                + " stop it");
                assertThat(FolderLock.isHeld(folder)).isTrue();
            }
            assertThat(other("try").readLine())
                    .isEqualTo(folder + ": process " + pid + " is using this folder; wait for it or stop it");
        }
        assertThat(FolderLock.isHeld(folder)).isFalse();
        assertThat(folder).isEmptyDirectory();
        assertThat(other("try").readLine()).isEqualTo("taken");
    }

    @Test
    void anotherProcessIsNamedAndNoneOnceItIsDead() throws IOException, InterruptedException {
        Process process = start("hold");
        try (BufferedReader said = process.inputReader()) {
            assertThat(said.readLine()).isEqualTo("taken");
            assertThat(FolderLock.isHeld(folder)).isTrue();
            assertThatThrownBy(() -> FolderLock.take(folder))
                    .hasMessageContaining("process " + process.pid() + " is using this folder");
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertThat(folder.resolve("lock")).exists();
        assertThat(FolderLock.isHeld(folder)).isFalse();
        FolderLock.take(folder).close();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void whoeverTakesAFolderClearsDraftsAndNothingElse() throws IOException {
        Files.createFile(folder.resolve(".run.json." + UUID.randomUUID() + ".part"));
        Path mine = Files.createFile(folder.resolve(".mine.part"));
        FolderLock.take(folder).close();
        assertThat(folder).isDirectoryContaining(mine::equals).isDirectoryNotContaining(file -> !file.equals(mine));
    }

    @Test
    void anInterruptedThreadTakesIt() {
        Thread.currentThread().interrupt();
        try (FolderLock lock = FolderLock.take(folder)) {
            assertThat(FolderLock.isHeld(folder)).isTrue();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    /** Two threads never are in it at once, though the file of the lock comes and goes. */
    @Test
    void oneAtATime() throws Exception {
        Path inside = folder.resolve("inside");
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<?>> all = IntStream.range(0, 4)
                .<Future<?>>mapToObj(thread -> threads.submit(() -> {
                    for (int taken = 0; taken < 50; ) {
                        try (FolderLock lock = FolderLock.take(folder)) {
                            Files.createFile(inside);
                            Files.delete(inside);
                            taken++;
                        } catch (InputException e) {
                            Thread.onSpinWait();
                        }
                    }
                    return null;
                }))
                .toList();
        for (Future<?> one : all) {
            one.get();
        }
        threads.shutdown();
    }

    /** A dashboard asks all the time, and a run begins none the less. */
    @Test
    void whoeverAsksIsInNobodysWay() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        Thread asking = new Thread(() -> {
            while (!done.get()) {
                FolderLock.isHeld(folder);
                LockSupport.parkNanos(200_000);
            }
        });
        asking.start();
        try {
            for (int i = 0; i < 300; i++) {
                FolderLock.take(folder).close();
            }
        } finally {
            done.set(true);
            asking.join();
        }
    }

    private BufferedReader other(String what) throws IOException {
        return start(what).inputReader();
    }

    private Process start(String what) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Other.class.getName(),
                        what,
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Another process that takes the folder, and holds it if told to. */
    static final class Other {
        private Other() {}

        public static void main(String[] arguments) throws InterruptedException {
            try (FolderLock lock = FolderLock.take(Path.of(arguments[1]))) {
                System.out.println("taken");
                if (arguments[0].equals("hold")) {
                    Thread.sleep(60_000);
                }
            } catch (InputException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
