package org.unipelt.hub;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.unipelt.backbone.Family;

/**
 * Maps the names of a family's tensors in one file to ours, and back.
 *
 * @param family the family
 * @param prefixed whether the backbone's tensors have the family's prefix, as in files with a head
 */
record FileNames(Family family, boolean prefixed) {
    private static final Pattern OF_A_LAYER = Pattern.compile("(.+?\\.)(\\d+)(\\..+)(\\.weight|\\.bias)");
    private static final Pattern OF_NO_LAYER = Pattern.compile("(.+)(\\.weight|\\.bias)");

    /** What heads' names begin with in files of any family, besides those that the family names. */
    private static final List<String> HEADS = List.of(
            "classifier.",
            "cls.",
            "lm_head.",
            "pre_classifier.",
            "predictions.",
            "qa_outputs.",
            "regressor.",
            "score.",
            "sequence_summary.");

    /** Returns the mapping for a file with these tensor names. */
    static FileNames of(Family family, Collection<String> names) {
        return new FileNames(family, names.stream().anyMatch(name -> name.startsWith(family.prefix())));
    }

    /** Returns whether a file's tensor belongs to the backbone, not to a head, and is needed. */
    boolean isOfTheBackbone(String inFile) {
        boolean head = prefixed
                ? !inFile.startsWith(family.prefix())
                : Stream.concat(HEADS.stream(), family.heads().stream()).anyMatch(inFile::startsWith);
        return (!head || isUnprefixed(inFile)) && family.unused().stream().noneMatch(inFile::endsWith);
    }

    /** Returns our name of a file's tensor. */
    String ours(String inFile) {
        String bare = inFile.startsWith(family.prefix())
                ? inFile.substring(family.prefix().length())
                : inFile;
        return renamed(modern(bare), family.renames());
    }

    /** Returns the name of our tensor in the file. */
    String inFile(String ours) {
        Map<String, String> toFile = new HashMap<>();
        family.renames().forEach((theirs, our) -> toFile.put(our, theirs));
        return (prefixed && !isUnprefixed(ours) ? family.prefix() : "") + renamed(ours, toFile);
    }

    private boolean isUnprefixed(String name) {
        return family.unprefixed().contains(name) || family.tiedToWords().contains(name);
    }

    private static String renamed(String name, Map<String, String> renames) {
        Matcher found = OF_A_LAYER.matcher(name);
        String other = found.matches() ? renames.get(found.group(1) + "#" + found.group(3)) : null;
        if (other != null) {
            return other.replace("#", found.group(2)) + found.group(4);
        }
        Matcher whole = OF_NO_LAYER.matcher(name);
        return whole.matches() && renames.containsKey(whole.group(1))
                ? renames.get(whole.group(1)) + whole.group(2)
                : name;
    }

    /** The oldest files, from TensorFlow, call a layer norm's weight and bias gamma and beta. */
    private static String modern(String name) {
        return name.replaceFirst("\\.gamma$", ".weight").replaceFirst("\\.beta$", ".bias");
    }
}
