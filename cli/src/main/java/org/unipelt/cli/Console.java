package org.unipelt.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Where a command reads and writes.
 *
 * @param in texts to predict
 * @param out results, and nothing else
 * @param err progress, remarks and errors
 * @param terminal whether a person looks at {@code err}
 * @param columns how many characters fit a line where a person looks at {@code out}; 0 if no person does
 * @param command how the command was called, to be typed again
 */
public record Console(InputStream in, PrintStream out, PrintStream err, boolean terminal, int columns, String command) {
    /** A line's length where nobody knows that of a terminal. */
    static final int USUAL_COLUMNS = 80;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .addModule(new Jdk8Module())
            .addModule(undefinedIsNull())
            // A result that ends in an error is to be seen as one, and the error to be told as it is.
            .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
            .disable(SerializationFeature.WRAP_EXCEPTIONS)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    /** Tabs, ends of lines, and what begins a terminal's commands. */
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\x{80}-\\x{9f}\\x{2028}\\x{2029}]+");

    /** That of this process, in UTF-8 whatever the locale. The script says what it knows in system properties. */
    public static Console ofProcess() {
        return new Console(
                System.in,
                new PrintStream(
                        new ResultStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16)),
                        false,
                        StandardCharsets.UTF_8),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                Boolean.getBoolean("unipelt.terminal"),
                Integer.getInteger("unipelt.columns", 0),
                System.getProperty("unipelt.command", "unipelt"));
    }

    /** A remark for the person at work; more lines of it begin with two spaces. */
    void say(String line) {
        err.println(Arrays.stream(line.split("\\R(?=  )"))
                .map(Console::plain)
                .collect(Collectors.joining(System.lineSeparator())));
    }

    /** A line of the result. */
    void print(String line) {
        out.println(plain(line));
    }

    /** A row of the result for other programs: cells with tabs between them, and none within. */
    void printRow(List<String> cells) {
        out.println(cells.stream().map(Console::plain).collect(Collectors.joining("\t")));
    }

    /** Lines of the result, each with its end. */
    void printText(String text) {
        out.print(CONTROL.matcher(text).replaceAll(control -> control.group().replaceAll("[^\\n\\t]", " ")));
    }

    /** A part of a line as it may be shown: names can hold line feeds, and characters that a terminal obeys. */
    static String plain(String words) {
        return CONTROL.matcher(words).replaceAll(" ");
    }

    /** JSON has no name for a number that is undefined or infinite. */
    private static SimpleModule undefinedIsNull() {
        StdSerializer<Double> finite = new StdSerializer<>(Double.class) {
            private static final long serialVersionUID = 1L;

            @Override
            public void serialize(Double value, JsonGenerator to, SerializerProvider provider) throws IOException {
                if (Double.isFinite(value)) {
                    to.writeNumber(value);
                } else {
                    to.writeNull();
                }
            }
        };
        return new SimpleModule().addSerializer(Double.class, finite).addSerializer(double.class, finite);
    }

    /** The whole result as one JSON object. What an iterator in it gives is written as it comes. */
    void printJson(Object result) {
        try {
            JSON.writeValue(out, result);
            out.println();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A result as one line of JSON Lines. */
    void printJsonLine(Object result) {
        try {
            JSON.writer().without(SerializationFeature.INDENT_OUTPUT).writeValue(out, result);
            out.print('\n');
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The same with results that go elsewhere. */
    Console into(PrintStream other) {
        return new Console(in, other, err, terminal, 0, command);
    }

    /** A command to be typed next, with words in quotes where a shell needs them. */
    String typed(Object... words) {
        StringBuilder line = new StringBuilder(quoted(command));
        for (Object word : words) {
            line.append(' ').append(quoted(word.toString()));
        }
        return line.toString();
    }

    private static String quoted(String word) {
        return word.matches("[\\w./:=,+@%-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
