package org.unipelt.hub;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.unipelt.InputException;
import org.unipelt.Suggestion;

/** What to say about a name that is neither an embedded model nor a folder nor of the hub. */
final class UnknownModel {
    /** What only a name of the hub has: an organization or a revision. */
    private static final Pattern ORGANIZATION = Pattern.compile("[/@]");

    /** Two models' names often differ by little; more edits than these are another model, not a slip. */
    private static final int SLIPS = 2;

    private UnknownModel() {}

    static InputException named(String model) {
        Optional<EmbeddedModel> same = byAuthors(model, 0);
        if (same.isPresent()) {
            return new InputException("no model '" + model + "' under this name; it comes with the library as '"
                    + same.get().modelName() + "'");
        }
        return new InputException("no model '" + model + "'; "
                + near(model).map(meant -> "did you mean " + meant + "? ").orElse("")
                + "give the folder of a model, its name on the hub, or one of "
                + String.join(", ", PretrainedModel.embeddedNames()));
    }

    /** Adds the embedded model that was perhaps meant to a refusal of the hub. */
    static InputException withSuggestion(InputException refusal, String model) {
        return near(model)
                .map(meant -> new InputException(refusal.getMessage() + "; or take " + meant, refusal))
                .orElse(refusal);
    }

    /** Returns whether a name without an organization is probably meant for an embedded model. */
    static boolean isSlip(String model) {
        return !ORGANIZATION.matcher(model).find() && near(model).isPresent();
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
}
