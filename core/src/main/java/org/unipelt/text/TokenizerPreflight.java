package org.unipelt.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import org.unipelt.InputException;

/**
 * Finds parts of a {@code tokenizer.json} that make the native library end the process or loop forever; every other
 * mistake makes it throw. Tests with damaged files found them. The check runs before the library reads the file.
 */
final class TokenizerPreflight {
    /** The most characters of a token; ten times as many can overflow a thread's stack. */
    private static final int LONGEST_TOKEN = 500;

    private static final int DEEPEST = 100;

    private final String origin;

    private TokenizerPreflight(String origin) {
        this.origin = origin;
    }

    /** Throws an {@link InputException} if the file has such a part. */
    static void refuse(JsonNode tokenizer, String origin) {
        TokenizerPreflight parts = new TokenizerPreflight(origin);
        parts.foreign(tokenizer.path("decoder"), 1);
        parts.search(tokenizer.path("normalizer"));
        parts.search(tokenizer.path("pre_tokenizer"));
        parts.search(tokenizer.path("post_processor"));
        parts.search(tokenizer.path("decoder"));
        parts.merges(tokenizer.path("model"));
        parts.lengths(tokenizer);
    }

    /**
     * Checks the lengths of tokens. A unigram model's token is a path in a tree that the library frees by recursion,
     * one level per byte. For an added token, the time grows with the square of its length.
     */
    private void lengths(JsonNode tokenizer) {
        tokenizer.path("added_tokens").forEach(token -> length(token.path("content")));
        JsonNode vocabulary = tokenizer.path("model").path("vocab");
        if (vocabulary.isArray()) {
            vocabulary.forEach(token -> length(token.path(0)));
        }
    }

    private void length(JsonNode token) {
        if (token.asText().length() > LONGEST_TOKEN) {
            throw bad("a token has " + token.asText().length() + " characters, allowed are " + LONGEST_TOKEN);
        }
    }

    /** Checks for JSON that Java accepts and the library does not, because it assumes that a decoder is valid. */
    private void foreign(JsonNode part, int depth) {
        if (depth > DEEPEST) {
            throw bad("decoder is nested more than " + DEEPEST + " times");
        }
        if (part.isNumber() && !Double.isFinite(part.doubleValue())) {
            throw bad("decoder holds a number that is too large");
        }
        List<String> texts = new ArrayList<>(List.of(part.asText()));
        part.fieldNames().forEachRemaining(texts::add);
        if (!texts.stream().allMatch(StandardCharsets.UTF_8.newEncoder()::canEncode)) {
            throw bad("decoder holds half a surrogate pair");
        }
        part.forEach(child -> foreign(child, depth + 1));
    }

    private void search(JsonNode part) {
        switch (part.path("type").asText()) {
            case "TemplateProcessing" -> template(part);
            case "Precompiled" -> characterMap(part.path("precompiled_charsmap"));
            case "FixedLength" -> {
                if (part.path("length").asLong(1) == 0) {
                    throw bad("pre_tokenizer FixedLength has length 0");
                }
            }
            case "Strip" -> {
                // For a decoder; the normalizer of that name has no such number.
                if (part.path("stop").asLong() != 0) {
                    throw bad("decoder Strip has stop " + part.path("stop") + ", of which only 0 is supported");
                }
            }
            default -> {}
        }
        part.forEach(this::search);
    }

    private void template(JsonNode template) {
        for (String kind : new String[] {"single", "pair"}) {
            for (JsonNode piece : template.path(kind)) {
                String special = piece.at("/SpecialToken/id").asText("");
                if (piece.has("SpecialToken")
                        && !template.path("special_tokens").has(special)) {
                    throw bad("post_processor uses " + special + ", which its special_tokens do not name");
                }
                if (kind.equals("single") && piece.at("/Sequence/id").asText("").equals("B")) {
                    throw bad("post_processor uses a second text in single");
                }
            }
        }
    }

    private void merges(JsonNode model) {
        String prefix = model.path("continuing_subword_prefix").asText("");
        if (model.path("continuing_subword_prefix").isNull() || prefix.isEmpty()) {
            return;
        }
        for (JsonNode merge : model.path("merges")) {
            String second = merge.isArray()
                    ? merge.path(1).asText()
                    : merge.asText().substring(merge.asText().indexOf(' ') + 1);
            if (!second.startsWith(prefix)) {
                throw bad("a merge's second token '" + second + "' does not start with " + prefix
                        + ", the continuing_subword_prefix");
            }
        }
    }

    /**
     * Checks SentencePiece's table of character replacements: the size of a double-array trie, its units (4 bytes each,
     * little-endian), and the replacements, each ended by a zero byte. Every step that a text can cause must stay
     * inside.
     */
    private void characterMap(JsonNode base64) {
        ByteBuffer bytes;
        try {
            bytes = ByteBuffer.wrap(Base64.getDecoder().decode(base64.asText())).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IllegalArgumentException e) {
            throw bad("precompiled_charsmap is not Base64");
        }
        long units = bytes.remaining() < 4 ? 0 : Integer.toUnsignedLong(bytes.getInt()) / 4;
        if (units == 0 || units * 4 > bytes.remaining()) {
            throw bad("precompiled_charsmap is truncated");
        }
        int[] trie = new int[(int) units];
        bytes.asIntBuffer().get(trie);
        byte[] replacements =
                Arrays.copyOfRange(bytes.array(), bytes.position() + 4 * trie.length, bytes.array().length);
        BitSet starts = starts(replacements);
        // Positions of nodes whose 255 successors are not checked yet.
        Set<Integer> seen = new HashSet<>();
        Queue<Integer> open = new ArrayDeque<>();
        open.add(offset(trie[0]));
        seen.add(offset(trie[0]));
        while (!open.isEmpty()) {
            int node = open.remove();
            for (int label = 1; label < 256; label++) {
                int unit = unit(trie, node ^ label);
                if ((unit & 0x8000_00ff) != label) {
                    continue;
                }
                int next = node ^ label ^ offset(unit);
                if ((unit >> 8 & 1) == 1 && !starts.get(unit(trie, next) & Integer.MAX_VALUE)) {
                    throw bad("precompiled_charsmap has a replacement outside its text");
                }
                if (seen.add(next)) {
                    open.add(next);
                }
            }
        }
    }

    private int unit(int[] trie, int position) {
        // Valid text has no byte from 0xf5 on, but a sound table stays inside even for those.
        if (position < 0 || position >= trie.length) {
            throw bad("precompiled_charsmap points outside itself");
        }
        return trie[position];
    }

    private static int offset(int unit) {
        return unit >>> 10 << ((unit & 1 << 9) >>> 6);
    }

    /** Returns the positions at which a replacement may start: between the characters of valid UTF-8. */
    private BitSet starts(byte[] text) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text));
        } catch (CharacterCodingException e) {
            throw bad("precompiled_charsmap is not UTF-8");
        }
        BitSet starts = new BitSet();
        for (int i = 0; i < text.length; i++) {
            starts.set(i, (text[i] & 0xc0) != 0x80);
        }
        starts.set(text.length);
        return starts;
    }

    private InputException bad(String what) {
        return new InputException(origin + ": " + what + "; download it again");
    }
}
