package org.unipelt.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Runs the command within the test, as a shell would. */
final class Shell {
    private Shell() {}

    /** What a command left: its exit code and all that it wrote. */
    record Outcome(int code, String out, String err) {
        /** Standard output as the one JSON object that it must be. */
        JsonNode json() {
            try {
                return JsonMapper.builder()
                        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                        .build()
                        .readTree(out);
            } catch (JsonProcessingException e) {
                throw new AssertionError("not one JSON object: " + out + "\n" + err, e);
            }
        }
    }

    static Outcome run(Object... args) {
        return runWith("", args);
    }

    /** Runs with a text on standard input. */
    static Outcome runWith(String input, Object... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console = new Console(
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                80,
                false,
                "unipelt");
        int code = Main.run(Arrays.stream(args).map(Object::toString).toArray(String[]::new), console);
        console.out().flush();
        return new Outcome(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
