package org.unipelt.tuned;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;
import org.unipelt.data.Dataset;
import org.unipelt.data.Example;
import org.unipelt.hub.BaseModel;
import org.unipelt.text.Segments;

/**
 * The number of texts that are too long for a model and are cut. Of a large dataset, it counts {@value #MOST} evenly
 * spread rows.
 *
 * @param rows the number of rows that were checked
 * @param cut how many of them are cut
 * @param tokens the most tokens that the model reads
 */
public record CutTexts(int rows, long cut, int tokens) {
    private static final int MOST = 10_000;
    private static final double PERCENT = 100;

    /** Counts the texts of some rows that have more tokens than {@code tokens} for a base model. */
    public static CutTexts of(BaseModel base, Dataset dataset, int tokens) {
        Objects.requireNonNull(base, "base is null");
        int rows = Math.min(MOST, dataset.size());
        List<Segments> texts = IntStream.range(0, rows)
                .mapToObj(i -> dataset.get((int) ((long) i * dataset.size() / rows)))
                .map((Example example) -> new Segments(example.text(), example.pair()))
                .toList();
        long cut = base.tokenizer().encodeAll(texts, tokens + 1).stream()
                .filter(encoding -> encoding.length() > tokens)
                .count();
        return new CutTexts(rows, cut, tokens);
    }

    /** Describes the result for a model that reads whole texts, e.g. {@code 2 of 300 longer than 128 tokens, in windows}. */
    public String describeWindows() {
        return cut == 0
                ? "none longer than " + tokens + " tokens"
                : cut + " of " + rows + " longer than " + tokens + " tokens, read in windows that overlap by a quarter";
    }

    /**
     * Describes the result in a few words, e.g. {@code 2.0% longer than 128 tokens, cut there; --max-length keeps
     * more}.
     */
    public String describe() {
        return cut == 0
                ? "none longer than " + tokens + " tokens"
                : String.format(
                        Locale.ROOT,
                        "%.1f%% longer than %d tokens, cut there; --max-length keeps more",
                        PERCENT * cut / rows,
                        tokens);
    }
}
