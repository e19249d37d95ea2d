package org.unipelt.method;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.unipelt.InputException;

/**
 * The words of the Python libraries peft and adapters for methods, their options and the places that they change, and
 * ours for the same. They are not read; a message names ours.
 */
final class PeerWords {
    /** Names of methods, classes of their settings, and types; in lower case, without underscores. */
    private static final Map<String, String> METHODS = Map.ofEntries(
            entry("loraconfig", "lora"),
            entry("ia3config", "ia3"),
            entry("prefixtuning", "prefix"),
            entry("prefixtuningconfig", "prefix"),
            entry("prompttuning", "prompt"),
            entry("prompttuningconfig", "prompt"),
            entry("pfeiffer", "adapter"),
            entry("pfeifferconfig", "adapter"),
            entry("seqbn", "adapter"),
            entry("seqbnconfig", "adapter"),
            entry("bnconfig", "adapter"),
            entry("doubleseqbn", "houlsby"),
            entry("doubleseqbnconfig", "houlsby"),
            entry("houlsbyconfig", "houlsby"),
            entry("parbn", "scaled-parallel-adapter"),
            entry("parbnconfig", "scaled-parallel-adapter"),
            entry("parallelconfig", "scaled-parallel-adapter"),
            entry("compacter++", "compacter"),
            entry("compacterplusplusconfig", "compacter"),
            entry("mamconfig", "mam"),
            entry("unipeltconfig", "unipelt-apl"));

    /** Names of options; of several of ours, the first that the method has is meant. */
    private static final Map<String, List<String>> OPTIONS = Map.ofEntries(
            entry("r", List.of("rank")),
            entry("lora_alpha", List.of("alpha")),
            entry("lora_dropout", List.of("dropout")),
            entry("target_modules", List.of("on", "at")),
            entry("feedforward_modules", List.of("on")),
            entry("attn_matrices", List.of("on", "at")),
            entry("num_virtual_tokens", List.of("length")),
            entry("prefix_length", List.of("length")),
            entry("prompt_length", List.of("length")),
            entry("encoder_hidden_size", List.of("network")),
            entry("bottleneck_size", List.of("network", "bottleneck", "rank")),
            entry("reduction_factor", List.of("bottleneck", "rank")),
            entry("non_linearity", List.of("activation")),
            entry("phm_dim", List.of("divisions")),
            entry("phm_rank", List.of("factor-rank")),
            entry("layers_to_transform", List.of("layers")),
            entry("leave_out", List.of("layers")),
            entry("init_weights", List.of("init")),
            entry("init_lora_weights", List.of("init")));

    /** Names of projections, of several families. */
    private static final Map<String, String> PLACES = Map.ofEntries(
            entry("q", "query"),
            entry("q_proj", "query"),
            entry("q_lin", "query"),
            entry("k", "key"),
            entry("k_proj", "key"),
            entry("k_lin", "key"),
            entry("v", "value"),
            entry("v_proj", "value"),
            entry("v_lin", "value"),
            entry("o_proj", "attention-out"),
            entry("out_proj", "attention-out"),
            entry("out_lin", "attention-out"),
            entry("attention.output.dense", "attention-out"),
            entry("fc1", "ffn-up"),
            entry("lin1", "ffn-up"),
            entry("up_proj", "ffn-up"),
            entry("intermediate.dense", "ffn-up"),
            entry("gate_proj", "ffn-gate"),
            entry("fc2", "ffn-down"),
            entry("lin2", "ffn-down"),
            entry("down_proj", "ffn-down"),
            entry("output.dense", "ffn-down"));

    private PeerWords() {}

    /** The mistake of an unknown method; names ours if a peer has it. */
    static InputException unknownMethod(String name, Collection<String> known) {
        String ours = METHODS.get(name.toLowerCase(Locale.ROOT).replace("_", ""));
        return ours == null
                ? InputException.unknown("method", name, known)
                : new InputException("unknown method '" + name + "'; it is called '" + ours + "' here");
    }

    /** The mistake of an unknown place; names ours if a peer has it. */
    static InputException unknownPlace(String kind, String name, Collection<String> known) {
        String ours = PLACES.get(name.toLowerCase(Locale.ROOT));
        return ours == null || !known.contains(ours)
                ? InputException.unknown(kind, name, known)
                : new InputException("unknown " + kind + " '" + name + "'; it is called '" + ours + "' here");
    }

    /**
     * The mistake of unknown options. If a peer has some of them, the message names ours for all of these at once and
     * shows the method's text with them.
     *
     * @param method the method's name
     * @param unread the unknown options with their values
     * @param inner what else stands in the bracket: the rest of a list in Python
     * @param known our options, with their defaults
     */
    static InputException unknownOptions(
            String method, Map<String, String> unread, List<String> inner, Map<String, String> known) {
        Map<String, String> said = new LinkedHashMap<>();
        Map<String, String> ours = new LinkedHashMap<>();
        unread.forEach((name, value) -> called(name, known).ifPresent(our -> {
            said.put(name, our);
            ours.put(our, value(name, our, value, inner).orElse(known.get(our)));
        }));
        if (said.isEmpty()) {
            return InputException.unknown(
                    "option of " + method, unread.keySet().iterator().next(), known.keySet());
        }
        return new InputException(
                "unknown option of " + method + " '" + said.keySet().iterator().next() + "'; here "
                        + said.entrySet().stream().map(PeerWords::explained).collect(Collectors.joining(", ")) + ": '"
                        + Options.text(method, ours) + "'");
    }

    private static String explained(Map.Entry<String, String> called) {
        String remark =
                switch (called.getKey()) {
                    case "reduction_factor" -> " (the width itself: hidden size / factor)";
                    case "layers_to_transform", "leave_out" -> " (all, or the topmost ones as in top-4)";
                    default -> "";
                };
        return called.getKey() + " is " + called.getValue() + remark;
    }

    private static Optional<String> called(String name, Map<String, String> known) {
        return OPTIONS.getOrDefault(name, List.of()).stream()
                .filter(known::containsKey)
                .findFirst();
    }

    /** The peer's value in our words, if it has the same meaning. */
    private static Optional<String> value(String name, String our, String value, List<String> inner) {
        if (our.equals("on") || our.equals("at")) {
            List<String> places = new ArrayList<>(List.of(value.split("\\+")));
            places.addAll(inner);
            List<String> named = places.stream()
                    .map(place -> place.replaceAll("[\\[\\]\"']", ""))
                    .map(place -> PLACES.getOrDefault(place, place))
                    .toList();
            return named.stream().allMatch(PLACES::containsValue)
                    ? Optional.of(String.join("+", named))
                    : Optional.empty();
        }
        return Optional.of(value)
                .filter(given -> !name.equals("reduction_factor")
                        && !our.equals("init")
                        && !our.equals("layers")
                        && given.matches("[\\w.]+"));
    }
}
