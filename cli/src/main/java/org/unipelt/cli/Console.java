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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.commons.text.WordUtils;

/**
 * The streams of a command.
 *
 * @param in texts to predict
 * @param out results, and nothing else
 * @param err progress, messages and errors
 * @param terminal whether {@code err} is a terminal
 * @param columns the width of the terminal
 * @param table whether {@code out} is a terminal, so that a person reads the result
 * @param command how the command was called, for suggested commands
 */
public record Console(
        InputStream in,
        PrintStream out,
        PrintStream err,
        boolean terminal,
        int columns,
        boolean table,
        String command) {
    private static final int USUAL_COLUMNS = 80;

    private static final ObjectMapper JSON = JsonMapper.builder()
            .addModule(new Jdk8Module())
            .addModule(undefinedIsNull())
            // A result that ends in an error must be visibly incomplete, and the error must pass unchanged.
            .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
            .disable(SerializationFeature.WRAP_EXCEPTIONS)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    /** Tabs, line ends, and control characters that a terminal obeys. */
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\x{80}-\\x{9f}\\x{2028}\\x{2029}]+");

    /** What stands between two columns. */
    private static final Pattern GAP = Pattern.compile(" {2,}");

    /** The console of this process, in UTF-8 with every locale. The start script passes facts as system properties. */
    public static Console ofProcess() {
        return new Console(
                System.in,
                new PrintStream(
                        new ResultStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16)),
                        false,
                        StandardCharsets.UTF_8),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                Boolean.getBoolean("unipelt.terminal"),
                columns(System.getProperty("unipelt.columns", "")),
                Boolean.getBoolean("unipelt.table"),
                System.getProperty("unipelt.command", "unipelt"));
    }

    /** Whether a person types what a command reads. */
    boolean typed() {
        return terminal && Boolean.getBoolean("unipelt.typed");
    }

    private static int columns(String given) {
        return given.matches("[1-9]\\d{1,4}") ? Integer.parseInt(given) : USUAL_COLUMNS;
    }

    /** Prints a message for the user; its further lines begin with two spaces. */
    void say(String line) {
        err.println(Arrays.stream(line.split("\\R(?=  )"))
                .map(each -> wrapped(plain(each), terminal))
                .collect(Collectors.joining(System.lineSeparator())));
    }

    /** Wraps a long line between words if it is seen on a terminal, below its second column; not a command to type. */
    private String wrapped(String line, boolean seen) {
        if (!seen || line.length() < columns || line.startsWith("  " + quoted(command))) {
            return line;
        }
        String text = line.stripLeading();
        int begin = line.length() - text.length();
        Matcher gap = GAP.matcher(text);
        int indent = begin + (gap.find() && gap.end() <= columns / 4 ? gap.end() : 2);
        return " ".repeat(begin)
                + WordUtils.wrap(text, columns - 1 - indent, System.lineSeparator() + " ".repeat(indent), false);
    }

    /** Prints a sentence of the result, which breaks between words on a terminal. */
    void printSentence(String sentence) {
        out.println(wrapped(plain(sentence), table));
    }

    /** Prints a line of the result. */
    void print(String line) {
        out.println(plain(line));
    }

    /** Prints a row of the result for other programs: cells separated by tabs, without tabs inside. */
    void printRow(List<String> cells) {
        out.println(cells.stream().map(Console::plain).collect(Collectors.joining("\t")));
    }

    /** Prints lines of the result. */
    void printText(String text) {
        out.print(CONTROL.matcher(text).replaceAll(control -> control.group().replaceAll("[^\\n\\t]", " ")));
    }

    /** A text without control characters: names may contain line feeds and terminal commands. */
    static String plain(String words) {
        return CONTROL.matcher(words).replaceAll(" ");
    }

    /** JSON has no undefined or infinite numbers. */
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

    /** Prints the result as one JSON object; writes the items of an iterator as they come. */
    void printJson(Object result) {
        try {
            JSON.writeValue(out, result);
            out.println();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Prints a result as one line of JSON Lines. */
    void printJsonLine(Object result) {
        try {
            JSON.writer().without(SerializationFeature.INDENT_OUTPUT).writeValue(out, result);
            out.print('\n');
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns this console with another stream for results. */
    Console into(PrintStream other) {
        return new Console(in, other, err, terminal, columns, false, command);
    }

    /** A command for the user to type, with quotes where a shell needs them. */
    String typed(Object... words) {
        StringBuilder line = new StringBuilder(quoted(command));
        for (Object word : words) {
            line.append(' ').append(quoted(word.toString()));
        }
        return line.toString();
    }

    /** A word with quotes if a shell needs them. */
    static String quoted(String word) {
        return word.matches("[\\w./:=,+@%-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
