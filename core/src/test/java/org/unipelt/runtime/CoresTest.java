package org.unipelt.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoresTest {
    @TempDir
    Path root;

    private void allowed(String list) throws IOException {
        Files.createDirectories(root.resolve("proc/self"));
        // A program may have any bytes for a name.
        Files.writeString(
                root.resolve("proc/self/status"),
                "Name:\t\u00ff\nCpus_allowed:\tff\nCpus_allowed_list:\t" + list + "\nMems_allowed_list:\t0\n",
                StandardCharsets.ISO_8859_1);
    }

    private void siblings(String file, String... lists) throws IOException {
        for (int processor = 0; processor < lists.length; processor++) {
            Path folder = root.resolve("sys/devices/system/cpu/cpu" + processor + "/topology");
            Files.createDirectories(folder);
            Files.writeString(folder.resolve(file), lists[processor] + "\n");
        }
    }

    @Test
    void hyperThreadsOfACoreCountOnce() throws IOException {
        allowed("0-3");
        siblings("core_cpus_list", "0,2", "1,3", "0,2", "1,3");
        assertThat(Cores.shared(root)).hasValue(2);
    }

    @Test
    void anOldKernelCallsThemSiblings() throws IOException {
        allowed("0-3");
        siblings("thread_siblings_list", "0-1", "0-1", "2-3", "2-3");
        assertThat(Cores.shared(root)).hasValue(2);
    }

    @Test
    void onlyProcessorsThatThisProcessMayUseCount() throws IOException {
        siblings("core_cpus_list", "0-1", "0-1", "2-3", "2-3");
        allowed("0-2");
        assertThat(Cores.shared(root)).hasValue(2);
        allowed("1-2");
        assertThat(Cores.shared(root)).as("one of each core").isEmpty();
        allowed("0,2");
        assertThat(Cores.shared(root)).as("one of each core").isEmpty();
        allowed("2-3");
        assertThat(Cores.shared(root)).hasValue(1);
    }

    @Test
    void aProcessorThatIsOffDoesNotCount() throws IOException {
        siblings("core_cpus_list", "0-1", "0-1");
        allowed("0-255");
        assertThat(Cores.shared(root)).hasValue(1);
    }

    @Test
    void coresOfTheirOwnAreNotShared() throws IOException {
        allowed("0-1");
        siblings("core_cpus_list", "0", "1");
        assertThat(Cores.shared(root)).isEmpty();
    }

    @Test
    void whatASystemDoesNotTellIsUnknown() throws IOException {
        assertThat(Cores.shared(root)).isEmpty();
        allowed("0-3");
        assertThat(Cores.shared(root)).isEmpty();
        siblings("core_cpus_list", "0-1", "0-1");
        allowed("all");
        assertThat(Cores.shared(root)).isEmpty();
        allowed("");
        assertThat(Cores.shared(root)).isEmpty();
    }
}
