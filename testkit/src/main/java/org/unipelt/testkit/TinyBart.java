package org.unipelt.testkit;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A folder with a random BART or mBART, 2 layers in each stack, 16 wide, with 2 heads, and a token for every word. */
public final class TinyBart {
    /** The number of positions. */
    public static final int POSITIONS = 130;

    private static final int HIDDEN = 16;
    private static final int INTERMEDIATE = 24;
    private static final int LAYERS = 2;
    /** The first rows of the table of positions, which the architecture leaves unused. */
    private static final int UNUSED_POSITIONS = 2;

    private static final JsonMapper JSON = new JsonMapper();
    private static final List<String> SPECIAL = List.of("<s>", "<pad>", "</s>", "<unk>", "en_XX", "ro_RO");
    private static final List<String> WORDS = List.of(
            "the", "storm", "closed", "harbour", "ferry", "late", "rain", "fell", "all", "day", "mayor", "opens",
            "bridge", "new", "school", "team", "wins", "cup", "at", "last", "long", "a", "and", "in", "good", "bad");

    private TinyBart() {}

    /** Writes a BART; a text is {@code <s> ... </s>}. It knows a few words, and w0 to w32. */
    public static Path bart(Path folder) throws IOException {
        return write(folder, false);
    }

    /** Writes an mBART, whose stacks end in a norm; a text is {@code ... </s> en_XX}. */
    public static Path mbart(Path folder) throws IOException {
        return write(folder, true);
    }

    private static Path write(Path folder, boolean mbart) throws IOException {
        Files.createDirectories(folder);
        List<String> vocabulary = Stream.of(
                        SPECIAL.stream(), WORDS.stream(), IntStream.range(0, 33).mapToObj(i -> "w" + i))
                .flatMap(words -> words)
                .toList();
        ObjectNode config = JSON.createObjectNode()
                .put("model_type", mbart ? "mbart" : "bart")
                .put("vocab_size", vocabulary.size())
                .put("d_model", HIDDEN)
                .put("max_position_embeddings", POSITIONS);
        for (String stack : List.of("encoder", "decoder")) {
            config.put(stack + "_layers", LAYERS)
                    .put(stack + "_attention_heads", 2)
                    .put(stack + "_ffn_dim", INTERMEDIATE);
        }
        Files.writeString(folder.resolve(TinyBert.CONFIG), config.toPrettyString());
        Files.writeString(
                folder.resolve("tokenizer.json"), tokenizer(vocabulary, mbart).toPrettyString());
        Map<String, Numbers> weights = new LinkedHashMap<>();
        TinyBert.weight(weights, "model.shared", vocabulary.size(), HIDDEN);
        stack(weights, "model.encoder.", List.of("self_attn"), mbart);
        stack(weights, "model.decoder.", List.of("self_attn", "encoder_attn"), mbart);
        TensorFile.write(folder.resolve(TinyBert.WEIGHTS), weights, Map.of("format", "pt"));
        return folder;
    }

    private static void stack(Map<String, Numbers> weights, String stack, List<String> attentions, boolean mbart) {
        TinyBert.weight(weights, stack + "embed_positions", POSITIONS + UNUSED_POSITIONS, HIDDEN);
        TinyBert.norm(weights, stack + "layernorm_embedding");
        if (mbart) {
            TinyBert.norm(weights, stack + "layer_norm");
        }
        for (int i = 0; i < LAYERS; i++) {
            String layer = stack + "layers." + i + ".";
            for (String attention : attentions) {
                for (String map : List.of("q_proj", "k_proj", "v_proj", "out_proj")) {
                    TinyBert.map(weights, layer + attention + "." + map, HIDDEN, HIDDEN);
                }
                TinyBert.norm(weights, layer + attention + "_layer_norm");
            }
            TinyBert.map(weights, layer + "fc1", INTERMEDIATE, HIDDEN);
            TinyBert.map(weights, layer + "fc2", HIDDEN, INTERMEDIATE);
            TinyBert.norm(weights, layer + "final_layer_norm");
        }
    }

    private static ObjectNode tokenizer(List<String> vocabulary, boolean mbart) {
        ObjectNode root = JSON.createObjectNode().put("version", "1.0");
        ArrayNode added = root.putArray("added_tokens");
        for (String token : SPECIAL) {
            added.addObject()
                    .put("id", SPECIAL.indexOf(token))
                    .put("content", token)
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
        root.putObject("pre_tokenizer").put("type", "WhitespaceSplit");
        ObjectNode processor = root.putObject("post_processor").put("type", "TemplateProcessing");
        template(processor.putArray("single"), mbart ? "A </s> en_XX" : "<s> A </s>");
        template(processor.putArray("pair"), mbart ? "A B </s> en_XX" : "<s> A </s> </s> B </s>");
        ObjectNode specials = processor.putObject("special_tokens");
        for (String token : SPECIAL) {
            ObjectNode special = specials.putObject(token).put("id", token);
            special.putArray("ids").add(SPECIAL.indexOf(token));
            special.putArray("tokens").add(token);
        }
        ObjectNode model = root.putObject("model").put("type", "WordLevel").put("unk_token", "<unk>");
        ObjectNode ids = model.putObject("vocab");
        vocabulary.forEach(word -> ids.put(word, ids.size()));
        return root;
    }

    private static void template(ArrayNode template, String parts) {
        for (String part : parts.split(" ")) {
            template.addObject()
                    .putObject(SPECIAL.contains(part) ? "SpecialToken" : "Sequence")
                    .put("id", part)
                    .put("type_id", 0);
        }
    }
}
