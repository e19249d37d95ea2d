package org.unipelt.testkit;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Changes JSON files. */
public final class JsonFile {
    private static final JsonMapper JSON = new JsonMapper();

    private JsonFile() {}

    /** Rewrites a file with a change. Removes the file's checksum, which the change would make wrong. */
    public static void change(Path file, Consumer<ObjectNode> change) throws IOException {
        ObjectNode json = (ObjectNode) JSON.readTree(Files.readString(file));
        change.accept(json);
        json.remove("contentChecksum");
        Files.writeString(file, json.toPrettyString());
    }

    /** Returns the text of a file without its checksum, as versions before checksums wrote it. */
    public static String withoutChecksum(String json) {
        return json.replaceFirst(",\\s*\"contentChecksum\" : \"\\w+\"", "");
    }
}
