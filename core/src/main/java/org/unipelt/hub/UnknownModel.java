package org.unipelt.hub;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.unipelt.InputException;
import org.unipelt.Suggestion;

/** What to say about a name that is neither an embedded model nor a folder: how to get the model that was meant. */
final class UnknownModel {
    /** A name on the Hugging Face hub, with or without its organization. */
    private static final Pattern HUB = Pattern.compile("(?:\\w[\\w.-]*/)?(\\w[\\w.-]*)");

    /** Two models' names often differ by little; more edits than these are another model, not a slip. */
    private static final int SLIPS = 2;

    private UnknownModel() {}

    static InputException named(String model) {
        Optional<EmbeddedModel> same = byAuthors(model, 0);
        if (same.isPresent()) {
            return new InputException("no model '" + model + "' under this name; it comes with the library as '"
                    + same.get().modelName() + "'");
        }
        String known = String.join(", ", PretrainedModel.embeddedNames()) + ", or the folder of a model";
        return new InputException("no model '" + model + "'; "
                + near(model)
                        .map(meant -> "did you mean " + meant + "? give one of " + known)
                        .orElseGet(() -> "give one of " + known + download(model)));
    }

    /** What was probably meant by a slip. */
    private static Optional<String> near(String model) {
        return byAuthors(model, SLIPS)
                .map(embedded -> "'" + embedded.modelName() + "', which is " + embedded.authorsName())
                .or(() -> Suggestion.nearest(model, PretrainedModel.embeddedNames())
                        .map(name -> "'" + name + "'"));
    }

    /** The embedded model whose authors' name, with or without the organization, is this one but for a few slips. */
    private static Optional<EmbeddedModel> byAuthors(String model, int slips) {
        String given = model.toLowerCase(Locale.ROOT);
        return Arrays.stream(EmbeddedModel.values())
                .filter(embedded -> {
                    String whole = embedded.authorsName().toLowerCase(Locale.ROOT);
                    String alone = whole.substring(whole.indexOf('/') + 1);
                    return isNear(given, whole, slips) || isNear(given, alone, slips);
                })
                .findFirst();
    }

    /** Whether two names are the same but for slips. Other digits are another size or version. */
    private static boolean isNear(String given, String name, int slips) {
        return digits(given).equals(digits(name)) && new LevenshteinDistance(slips).apply(given, name) >= 0;
    }

    private static String digits(String name) {
        return name.replaceAll("\\D", "");
    }

    /** How to download a model whose name could be one of the hub. */
    private static String download(String model) {
        Matcher name = HUB.matcher(model);
        return name.matches()
                ? "; to download one from the Hugging Face hub: hf download " + model + " --local-dir " + name.group(1)
                        + ", then --model " + name.group(1)
                : "";
    }
}
