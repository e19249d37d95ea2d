package org.unipelt.method;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.unipelt.InputException;
import org.unipelt.backbone.Place;

/**
 * The unified view of He et al. 2022, section 3, as a text: every method is a change Δh of a hidden representation h,
 * described by four choices that combine freely.
 *
 * <pre>
 *   modification(form=bottleneck(rank=512),at=ffn,insert=parallel,compose=scale(4),init=lora)
 *
 *                 at: which h                    form: Δh = f(input W_down) W_up, or
 *                 ┌───────────┐                        f(q P_kᵀ) P_v
 *   x ─┬─────────▶│ sub-layer │──▶ h ──┬──▶ compose ──▶ h'
 *      │          └───────────┘        │      ▲
 *      │ insert=parallel               │ sequential, pfeiffer
 *      └─────────────▶ form ◀──────────┘      │
 *                        └──────── Δh ────────┘
 * </pre>
 *
 * <table>
 * <caption>Table 1, and what this text makes of it</caption>
 * <tr><th>method</th><th>form</th><th>at</th><th>insert</th><th>compose</th></tr>
 * <tr><td>prefix-tuning</td><td>prefix</td><td>attention</td><td>parallel</td><td>lambda; concat is the same</td></tr>
 * <tr><td>adapter</td><td>bottleneck</td><td>attention, ffn</td><td>sequential, pfeiffer</td><td>add</td></tr>
 * <tr><td>LoRA</td><td>low-rank</td><td>a projection</td><td>parallel</td><td>scale(s)</td></tr>
 * <tr><td>parallel adapter</td><td>bottleneck</td><td>attention, ffn</td><td>parallel</td><td>add</td></tr>
 * <tr><td>multi-head parallel adapter</td><td>prefix(attend=relu)</td><td>attention</td><td>parallel</td>
 *     <td>scale(s)</td></tr>
 * <tr><td>scaled parallel adapter</td><td>bottleneck</td><td>attention, ffn</td><td>parallel</td>
 *     <td>scale(s), learned</td></tr>
 * <tr><td>compacter</td><td>compacter</td><td>attention, ffn</td><td>any</td><td>any that adds</td></tr>
 * </table>
 *
 * A text becomes the {@link Adapter}, {@link Lora} or {@link Prefix} that it describes. Choices that do not fit
 * together are refused with the reason.
 */
final class Modification {
    static final String WORD = "modification";

    /** The values of {@code form}. */
    static final List<String> FORMS = List.of("bottleneck", "compacter", "low-rank", "prefix");

    private static final Set<Place> SUB_LAYERS = EnumSet.of(Place.ATTENTION, Place.FFN);

    private Modification() {}

    static Method of(Options options) {
        Options form = options.within("form", "bottleneck", String.join(", ", FORMS));
        return switch (form.word()) {
            case "bottleneck", "compacter" -> adapter(form, options);
            case "low-rank" -> lora(form, options);
            case "prefix" -> prefix(form, options);
            default -> throw InputException.unknown("value of modification's form", form.word(), FORMS);
        };
    }

    private static Adapter adapter(Options form, Options options) {
        Composition compose = Composition.of(options, Composition.ADD);
        if (!compose.adds()) {
            throw refused(
                    "compose=" + compose + " weighs attention to a prefix against attention to the text, and form="
                            + form.word() + " has no attention; take add, scale(s) or learned");
        }
        if (form.word().equals("compacter")) {
            options.refuse("init", "a compacter's factors have their own initial values; leave init out");
        }
        Set<Place> at = options.places(
                "at",
                "ffn",
                SUB_LAYERS,
                "form=" + form.word() + " changes a sub-layer; projections take form=low-rank");
        return new Adapter(
                options.word("name", "adapter", "lower-case letters, digits and hyphens"),
                Bottleneck.of(form, options),
                at,
                options.choice("insert", Insertion.PARALLEL),
                compose,
                LayerChoice.of(options));
    }

    private static Lora lora(Options form, Options options) {
        demandParallel(form, options, "a low-rank change of a weight reads what the weight reads, which is parallel");
        Composition compose = Composition.of(options, Composition.ADD);
        if (compose.kind() != Composition.Kind.SCALE) {
            throw refused(
                    "compose=" + compose + " is not LoRA's: its change is added with a fixed scale, so that it can"
                            + " be merged into the weight; take add or scale(s)");
        }
        options.refuse("name", "form=low-rank is lora, whose parameters begin with 'lora'; leave name out");
        Set<Place> at = options.places(
                "at",
                "query+value",
                Lora.PROJECTIONS,
                "form=low-rank changes projections; for a whole sub-layer name its own, e.g. at=ffn-up+ffn-down");
        int rank = form.integer("rank", 8, 1, 65_536);
        return new Lora(
                rank,
                compose.scale() * rank,
                at,
                form.number("dropout", 0, 0, 1),
                form.choice("gate", Lora.GatePer.PROJECTION),
                options.choice("init", Dense.Start.LORA),
                LayerChoice.of(options));
    }

    private static Prefix prefix(Options form, Options options) {
        demandParallel(
                form, options, "a prefix is attended by the queries of the attention's input, which is parallel");
        options.refuse("name", "form=prefix is prefix, whose parameters begin with 'prefix'; leave name out");
        options.places(
                "at",
                "attention",
                EnumSet.of(Place.ATTENTION),
                "a prefix is keys and values, which only attention has; take at=attention");
        return Prefix.of(form, options);
    }

    private static void demandParallel(Options form, Options options, String reason) {
        Insertion insert = options.choice("insert", Insertion.PARALLEL);
        if (insert != Insertion.PARALLEL) {
            throw refused(
                    "insert=" + Options.word(insert) + " is not possible with form=" + form.word() + ": " + reason);
        }
    }

    private static InputException refused(String reason) {
        return new InputException(WORD + ": " + reason);
    }
}
