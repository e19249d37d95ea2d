package org.unipelt.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.unipelt.backbone.bart.Bart;
import org.unipelt.tensor.Engine;
import org.unipelt.tensor.Safetensors;

/** A folder in Hugging Face's layout with a random BART or mBART of a few thousand numbers, and a token for every word. */
final class TinyBart {
    static final int POSITIONS = 130;

    private static final JsonMapper JSON = new JsonMapper();
    private static final List<String> SPECIAL = List.of("<s>", "<pad>", "</s>", "<unk>", "en_XX", "ro_RO");
    private static final List<String> WORDS = List.of(
            "the", "storm", "closed", "harbour", "ferry", "late", "rain", "fell", "all", "day", "mayor", "opens",
            "bridge", "new", "school", "team", "wins", "cup", "at", "last", "long", "a", "and", "in");

    private TinyBart() {}

    /** Writes a model; a text ends in {@code </s>}, of mBART's kind in {@code </s> en_XX}. */
    static Path write(Path folder, Bart.Kind kind) throws IOException {
        Files.createDirectories(folder);
        List<String> vocabulary =
                Stream.of(SPECIAL, WORDS).flatMap(List::stream).toList();
        ObjectNode config = JSON.createObjectNode()
                .put("model_type", kind == Bart.Kind.BART ? "bart" : "mbart")
                .put("vocab_size", vocabulary.size())
                .put("d_model", 16)
                .put("max_position_embeddings", POSITIONS);
        for (String stack : List.of("encoder", "decoder")) {
            config.put(stack + "_layers", 2).put(stack + "_attention_heads", 2).put(stack + "_ffn_dim", 24);
        }
        JSON.writeValue(folder.resolve(TinyBert.CONFIG).toFile(), config);
        JSON.writeValue(folder.resolve("tokenizer.json").toFile(), tokenizer(vocabulary, kind));
        Engine.start();
        try (PointerScope scope = new PointerScope()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            Bart.weightShapes(Bart.Config.of(config))
                    .forEach((name, shape) -> tensors.put("model." + name, TinyBert.random(name, shape)));
            Safetensors.write(folder.resolve(TinyBert.WEIGHTS), tensors, Map.of("format", "pt"));
        }
        return folder;
    }

    private static ObjectNode tokenizer(List<String> vocabulary, Bart.Kind kind) {
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
        boolean bart = kind == Bart.Kind.BART;
        template(processor.putArray("single"), bart ? "<s> A </s>" : "A </s> en_XX");
        template(processor.putArray("pair"), bart ? "<s> A </s> </s> B </s>" : "A B </s> en_XX");
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
