package org.unipelt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unipelt.method.Methods;

/** Messages on a terminal break between words; a command to type does not break. */
class WrappingTest {
    @TempDir
    Path folder;

    private static String said(int columns, String message) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        console(columns, err).say(message);
        return err.toString(StandardCharsets.UTF_8);
    }

    private static Console console(int columns, ByteArrayOutputStream err) {
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        return new Console(new ByteArrayInputStream(new byte[0]), stream, stream, true, columns, true, "unipelt");
    }

    @ParameterizedTest
    @ValueSource(ints = {40, 60, 80})
    void rowsThatCannotBeReadBreakBetweenWords(int columns) throws Exception {
        Path table = Files.writeString(
                folder.resolve("a.tsv"), "text\tlabel\na\tb\tc\td\ne\n\tf\n" + "one\tgood\ntwo\tbad\n".repeat(3));
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        assertThat(Main.run(new String[] {"train", "--train", table.toString()}, console(columns, err)))
                .isEqualTo(2);
        String told = err.toString(StandardCharsets.UTF_8);
        List<String> words = List.of(Shell.run("train", "--train", table).err().split("\\s+"));
        assertThat(told.split("\\s+")).as(told).containsExactlyElementsOf(words);
        assertThat(told.lines())
                .allMatch(line -> line.length() < columns || line.strip().matches("\\S+"));
    }

    @Test
    void aCommandStaysWhole() {
        String command = "  unipelt train --resume a-folder-with-a-long-name --threads 2 --quiet --json";
        assertThat(said(40, "stopped and saved; to continue:\n" + command).lines())
                .containsExactly("stopped and saved; to continue:", command);
    }

    @ParameterizedTest
    @ValueSource(ints = {40, 60, 80})
    void aSecondColumnStaysOne(int columns) {
        assertThat(said(columns, "texts   " + "many words about the texts of a table ".repeat(4))
                        .lines()
                        .skip(1))
                .isNotEmpty()
                .allMatch(line -> line.startsWith("        ") && line.length() < columns);
    }

    /** A method's text breaks between options, and a shell takes it as one word. */
    @ParameterizedTest
    @ValueSource(ints = {40, 60, 80})
    void methodsBreakBetweenOptions(int columns) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(Main.run(new String[] {"methods", "--method", "lora(rank=4)"}, console(columns, out)))
                .isZero();
        String text = out.toString(StandardCharsets.UTF_8).split("every option:\n")[1];
        assertThat(text.lines()).allMatch(line -> line.length() <= columns);
        assertThat(text.strip()).startsWith("'lora(").endsWith(")'");
        assertThat(Methods.parse(text.strip().replace("'", ""))).isEqualTo(Methods.parse("lora(rank=4)"));
    }

    @ParameterizedTest
    @ValueSource(ints = {40, 60, 80})
    void warningsOfATableBreakBetweenWords(int columns) throws Exception {
        Path table = Files.writeString(
                folder.resolve("a.tsv"), "text\tlabel\n" + "one\ttop-up\ntwo\tTop-up\nthree\tcard payment\n".repeat(4));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(Main.run(new String[] {"check", table.toString(), "--model", "minilm-l6"}, console(columns, out)))
                .isZero();
        String told = out.toString(StandardCharsets.UTF_8).replaceFirst("(?s)Next:.*", "");
        assertThat(told).contains("warning: ");
        assertThat(told.lines()).allMatch(line -> line.length() <= columns);
    }
}
