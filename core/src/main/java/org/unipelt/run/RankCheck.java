package org.unipelt.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.unipelt.InputException;
import org.unipelt.Version;
import org.unipelt.files.StrictJson;
import org.unipelt.format.JsonFiles;
import org.unipelt.runtime.Engine;
import org.unipelt.training.Group;

/**
 * Whether all ranks of a group train the same: settings, rows, base model, versions. Only names of files may differ, as each
 * machine has its own; their content may not.
 */
final class RankCheck {
    /** What {@link #told} reads, for messages. */
    private static final Path TOLD = Path.of("rank 0's run");

    private static final int SHOWN = 60;

    private RankCheck() {}

    /** Tells the other ranks what rank 0 trains. */
    static void tell(RunFile started, Group group) {
        if (group.world() > 1) {
            group.gather(JsonFiles.canonical(started));
        }
    }

    /** Returns what rank 0 tells. */
    static RunFile told(Group group) {
        String text = group.gather("").get(0);
        return JsonFiles.value(TOLD, tree(text), RunFile.class);
    }

    /**
     * Compares with all other ranks, which do the same.
     *
     * @throws InputException if one of them differs from rank 0; every rank throws the same
     */
    static void demandSame(RunFile started, Group group) {
        if (group.world() == 1) {
            return;
        }
        List<String> all = group.gather(JsonFiles.canonical(common(started)));
        JsonNode first = tree(all.get(0));
        for (int rank = 1; rank < all.size(); rank++) {
            int number = rank;
            difference("", first, tree(all.get(rank))).ifPresent(what -> {
                throw new InputException("rank " + number + " does not train what rank 0 does: " + what
                        + "; start every rank with the same base model, data and settings");
            });
        }
    }

    /** What must be the same: not the names of files, and not where they are. */
    private static ObjectNode common(RunFile started) {
        ObjectNode common = JsonFiles.tree(started);
        ObjectNode settings = (ObjectNode) common.remove("spec");
        settings.remove(List.of("model", "data"));
        common.remove(List.of("format", "directory"));
        common.set("settings", settings);
        common.put("version of unipelt", Version.text());
        common.put("version of libtorch", Engine.describe().get("libtorch"));
        return common;
    }

    /** Returns the first difference in words. */
    private static Optional<String> difference(String name, JsonNode first, JsonNode other) {
        if (!first.isObject() || !other.isObject()) {
            return first.equals(other)
                    ? Optional.empty()
                    : Optional.of(name + " is " + text(other) + " there, and " + text(first) + " at rank 0");
        }
        TreeSet<String> keys = new TreeSet<>();
        first.fieldNames().forEachRemaining(keys::add);
        other.fieldNames().forEachRemaining(keys::add);
        return keys.stream()
                .flatMap(key ->
                        difference((name.isEmpty() ? "" : name + ".") + key, first.path(key), other.path(key)).stream())
                .findFirst();
    }

    private static String text(JsonNode value) {
        String text = value.isMissingNode() ? "absent" : value.toString();
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
    }

    private static JsonNode tree(String text) {
        try {
            return StrictJson.mapper().build().readTree(text);
        } catch (JsonProcessingException e) {
            throw new InputException("a rank of another version of UniPELT: what it trains cannot be read", e);
        }
    }
}
