package org.unipelt.experiment;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.unipelt.InputException;
import org.unipelt.files.StrictJson;
import org.unipelt.files.WholeFile;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/** A node of a YAML file with its line, so that messages can name the line. */
public sealed interface YamlNode {
    /** The line of its start, from 1. */
    int line();

    /** A single value as text. */
    record Scalar(int line, String text) implements YamlNode {}

    /** A list. */
    record Items(int line, List<YamlNode> items) implements YamlNode {}

    /** Values by name. */
    record Fields(int line, Map<String, Field> fields) implements YamlNode {}

    /** A value with the line of its name. */
    record Field(int line, YamlNode value) {}

    /**
     * Reads a file whose top level is fields.
     *
     * @param example a line of such a file, for a message
     * @throws InputException if it cannot be read or has no fields at the top; with the line
     */
    static Fields read(Path file, String example) {
        try (JsonParser yaml = new YAMLFactory().createParser(WholeFile.text(file, WholeFile.SETTINGS))) {
            JsonToken first = yaml.nextToken();
            if (first == null) {
                throw new InputException(file + ": is empty; write lines such as '" + example + "'");
            }
            if (first != JsonToken.START_OBJECT) {
                throw new InputException(
                        file + ":" + yaml.currentTokenLocation().getLineNr()
                                + ": is not a list of fields; write lines such as '" + example + "'");
            }
            Fields fields = (Fields) node(file, yaml);
            if (yaml.nextToken() != null) {
                throw new InputException(file + ":"
                        + yaml.currentTokenLocation().getLineNr() + ": a second document starts here; keep one");
            }
            return fields;
        } catch (JsonProcessingException e) {
            throw notYaml(file, e);
        } catch (IOException e) {
            throw new InputException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static InputException notYaml(Path file, JsonProcessingException e) {
        // The line of the problem, not of the start of its node.
        if (e.getCause() instanceof MarkedYAMLException fault && fault.getProblemMark() != null) {
            int line = fault.getProblemMark().getLine() + 1;
            return new InputException(file + ":" + line + ": is not YAML: " + fault.getProblem(), e);
        }
        String line = e.getLocation() == null ? "" : ":" + e.getLocation().getLineNr();
        return new InputException(file + line + ": is not YAML: " + StrictJson.words(e), e);
    }

    private static YamlNode node(Path file, JsonParser yaml) throws IOException {
        int line = yaml.currentTokenLocation().getLineNr();
        switch (yaml.currentToken()) {
            case START_OBJECT -> {
                Map<String, Field> fields = new LinkedHashMap<>();
                while (yaml.nextToken() == JsonToken.FIELD_NAME) {
                    String name = yaml.currentName();
                    int at = yaml.currentTokenLocation().getLineNr();
                    yaml.nextToken();
                    if (fields.put(name, new Field(at, node(file, yaml))) != null) {
                        throw new InputException(file + ":" + at + ": '" + name + "' is given twice");
                    }
                }
                return new Fields(line, fields);
            }
            case START_ARRAY -> {
                List<YamlNode> items = new ArrayList<>();
                while (yaml.nextToken() != JsonToken.END_ARRAY) {
                    items.add(node(file, yaml));
                }
                return new Items(line, items);
            }
            default -> {
                return new Scalar(line, yaml.currentToken() == JsonToken.VALUE_NULL ? "" : yaml.getText());
            }
        }
    }
}
