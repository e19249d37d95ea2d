package org.unipelt.experiment;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.unipelt.InputException;
import org.unipelt.method.Method;
import org.unipelt.method.Methods;

/**
 * A method of a spec with one choice of its varied values.
 *
 * @param name the method's name in the spec
 * @param method the method to train
 * @param vary the chosen values that apply to this method, by name
 */
record Variant(String name, Method method, Map<String, String> vary) {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{([^{}]*)}");

    /** The names in curly brackets in a text, in order. */
    static Set<String> placeholders(String text) {
        Set<String> names = new LinkedHashSet<>();
        Matcher matcher = PLACEHOLDER.matcher(text);
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        return names;
    }

    /**
     * Every variant of a method.
     *
     * @param text text with placeholders
     * @param vary all varied values of the spec
     * @param settings the varied names that are settings and so apply to every method
     * @throws InputException if a placeholder has no values, or a text is no method
     */
    static List<Variant> of(String name, String text, Map<String, List<String>> vary, Set<String> settings) {
        Set<String> placeholders = placeholders(text);
        for (String placeholder : placeholders) {
            if (!vary.containsKey(placeholder)) {
                throw InputException.unknown("placeholder", placeholder, vary.keySet());
            }
        }
        List<Map<String, String>> choices = List.of(Map.of());
        for (Map.Entry<String, List<String>> dimension : vary.entrySet()) {
            if (placeholders.contains(dimension.getKey()) || settings.contains(dimension.getKey())) {
                choices = product(choices, dimension.getKey(), dimension.getValue());
            }
        }
        return choices.stream()
                .map(choice -> new Variant(name, parse(text, choice), Collections.unmodifiableMap(choice)))
                .toList();
    }

    private static List<Map<String, String>> product(
            List<Map<String, String>> choices, String name, List<String> values) {
        List<Map<String, String>> product = new ArrayList<>();
        for (Map<String, String> choice : choices) {
            for (String value : values) {
                Map<String, String> longer = new LinkedHashMap<>(choice);
                longer.put(name, value);
                product.add(longer);
            }
        }
        return product;
    }

    private static Method parse(String text, Map<String, String> choice) {
        String filled = PLACEHOLDER
                .matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(choice.getOrDefault(match.group(1), "")));
        try {
            return Methods.parse(filled);
        } catch (InputException e) {
            long open = filled.chars().filter(c -> c == '(').count();
            long closed = filled.chars().filter(c -> c == ')').count();
            // In a YAML list in square brackets, a comma ends the text.
            String hint = open == closed ? "" : "; put a text with commas in quotes";
            throw new InputException(e.getMessage() + hint, e);
        }
    }
}
