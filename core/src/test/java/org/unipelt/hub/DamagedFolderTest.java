package org.unipelt.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.unipelt.Checkpoints;
import org.unipelt.InputException;
import org.unipelt.backbone.Families;
import org.unipelt.backbone.Family;
import org.unipelt.runtime.Engine;
import org.unipelt.testkit.JsonFile;
import org.unipelt.testkit.Numbers;
import org.unipelt.testkit.TensorFile;

/**
 * Model folders with one thing wrong, and the whole line that each is refused with. {@code FOLDER} stands for the path,
 * {@code KNOWN} for the list of architectures.
 */
class DamagedFolderTest {
    private static final String CONFIG = "config.json";
    private static final String TOKENIZER = "tokenizer.json";
    private static final String SETTINGS = "tokenizer_config.json";
    private static final String WEIGHTS = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final String TORCH = "pytorch_model.bin";
    private static final String SHARD = "model-00002-of-00003.safetensors";
    private static final String MAP = "bert.encoder.layer.0.output.dense.weight";

    @TempDir
    private static Path home;

    /** Damages a folder. */
    @FunctionalInterface
    private interface Damage {
        void to(Path folder) throws IOException;
    }

    private record Row(String name, String model, Damage damage, String line) {}

    private static Row bert(String name, Damage damage, String line) {
        return new Row(name, "bert-classifier", damage, line);
    }

    private static Row config(String name, Consumer<ObjectNode> change, String line) {
        return bert(name, folder -> JsonFile.change(folder.resolve(CONFIG), change), line);
    }

    private static Row text(String name, String file, String content, String line) {
        return bert(name, folder -> Files.writeString(folder.resolve(file), content), line);
    }

    private static Row tensors(String name, Consumer<Map<String, Numbers>> change, String line) {
        return bert(name, folder -> TensorFile.change(folder.resolve(WEIGHTS), change), line);
    }

    /** Weights whose header is this, with 16 bytes of data. */
    private static Row header(String name, String json, String line) {
        return bert(name, folder -> Files.write(folder.resolve(WEIGHTS), file(json.length(), json, 16)), line);
    }

    /** BART in shards, with another index. */
    private static Row shards(String name, Damage damage, String line) {
        return new Row(name, "bart-bare", damage, line);
    }

    private static Row index(String name, Consumer<ObjectNode> change, String line) {
        return shards(
                name,
                folder -> JsonFile.change(folder.resolve(INDEX), all -> change.accept(all.withObject("/weight_map"))),
                line);
    }

    /** Weights as PyTorch saves them, with this pickle. */
    private static Row torch(String name, String pickle, int less, String line) {
        return bert(
                name,
                folder -> {
                    Files.delete(folder.resolve(WEIGHTS));
                    byte[] zip = zip(pickle);
                    Files.write(folder.resolve(TORCH), Arrays.copyOf(zip, zip.length - less));
                },
                line);
    }

    private static List<Row> rows() {
        return Stream.of(configs(), weights(), tokenizers(), folders())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Row> configs() {
        return List.of(
                bert(
                        "no config.json",
                        folder -> Files.delete(folder.resolve(CONFIG)),
                        "no config.json in FOLDER; a model folder needs it"),
                text(
                        "config.json is empty",
                        CONFIG,
                        "",
                        "FOLDER/config.json is not valid JSON: it is empty; download it again"),
                text(
                        "config.json ends early",
                        CONFIG,
                        "{\"model_type\": \"be",
                        "FOLDER/config.json is not valid JSON: it ends too early in line 1, column 19; download it again"),
                text(
                        "config.json is a list",
                        CONFIG,
                        "[]",
                        "FOLDER/config.json is not a JSON object; download it again"),
                text(
                        "config.json has a key twice",
                        CONFIG,
                        "{\"model_type\": \"bert\", \"model_type\": \"bert\"}",
                        "FOLDER/config.json is not valid JSON: the key 'model_type' appears twice in line 1, column 36; download it again"),
                text(
                        "config.json is a page",
                        CONFIG,
                        "<!doctype html><html>",
                        "FOLDER/config.json: is a web page, not the file; download the file itself (its address on the model hub contains 'resolve', not 'blob')"),
                bert(
                        "config.json in another encoding",
                        folder -> Files.write(folder.resolve(CONFIG), new byte[] {'{', '"', (byte) 0xe9, '"'}),
                        "FOLDER/config.json: is not UTF-8; save it as UTF-8 or download it again"),
                bert(
                        "config.json is a folder",
                        folder -> folder(folder.resolve(CONFIG)),
                        "FOLDER/config.json: is a folder; a file is needed"),
                bert(
                        "config.json is a dangling link",
                        folder -> dangling(folder.resolve(CONFIG)),
                        "FOLDER/config.json: is a link to a file that is gone; download it again"),
                bert(
                        "config.json in capitals",
                        folder -> Files.move(folder.resolve(CONFIG), folder.resolve("CONFIG.JSON")),
                        "no config.json in FOLDER; a model folder needs it"),
                config(
                        "no model_type",
                        c -> c.remove("model_type"),
                        "FOLDER: config.json has no model_type; supported: KNOWN"),
                config(
                        "an unknown model_type",
                        c -> c.put("model_type", "my-bert"),
                        "FOLDER: unknown model_type 'my-bert' in config.json; known: KNOWN"),
                config(
                        "model_type in capitals",
                        c -> c.put("model_type", "BERT"),
                        "FOLDER: unknown model_type 'BERT' in config.json; known: KNOWN"),
                config(
                        "a decoder",
                        c -> c.put("model_type", "llama"),
                        "FOLDER: model_type 'llama' in config.json is a decoder without an encoder, which is not supported; encoders and encoder-decoders are; known: KNOWN"),
                config(
                        "a relative",
                        c -> c.put("model_type", "ernie"),
                        "FOLDER: model_type 'ernie' in config.json is not supported; the nearest that is: bert; known: KNOWN"),
                config(
                        "a program of its own",
                        c -> c.put("model_type", "my-bert")
                                .putObject("auto_map")
                                .put("AutoModel", "my.Model"),
                        "FOLDER: unknown model_type 'my-bert' in config.json; known: KNOWN; this model needs its own program (auto_map in config.json), and programs of models are never run"),
                config(
                        "a BERT as decoder",
                        c -> c.put("is_decoder", true),
                        "FOLDER: config.json: is_decoder is true; only encoders are supported"),
                config(
                        "relative positions",
                        c -> c.put("position_embedding_type", "rotary"),
                        "FOLDER: config.json: position_embedding_type is 'rotary'; supported: 'absolute', 'relative_key',"
                                + " 'relative_key_query'"),
                config(
                        "an unknown activation",
                        c -> c.put("hidden_act", "gelu_fast"),
                        "FOLDER: config.json: hidden_act is 'gelu_fast'; supported: 'gelu', 'gelu_new', 'relu', 'silu', 'swish'"),
                config(
                        "no hidden_size",
                        c -> c.remove("hidden_size"),
                        "FOLDER: config.json: hidden_size must be a positive whole number, found nothing"),
                config(
                        "a negative size",
                        c -> c.put("intermediate_size", -12),
                        "FOLDER: config.json: intermediate_size must be a positive whole number, found -12"),
                config(
                        "a size beyond any int",
                        c -> c.put("vocab_size", 1L << 40),
                        "FOLDER: config.json: vocab_size must be a positive whole number, found 1099511627776"),
                config(
                        "heads that do not divide",
                        c -> c.put("num_attention_heads", 3),
                        "FOLDER: config.json: hidden_size 8 is not a multiple of num_attention_heads 3"),
                config(
                        "a billion layers",
                        c -> c.put("num_hidden_layers", 1_000_000_000),
                        "FOLDER: config.json asks for 1000000000 layers, but the checkpoint holds only 39 tensors; take both from the same model"),
                config(
                        "a layer more",
                        c -> c.put("num_hidden_layers", 3),
                        "FOLDER: the checkpoint lacks 16 tensor(s) that its config.json asks for, the first is 'encoder.layer.2.attention.output.LayerNorm.bias'; is it complete?"),
                config(
                        "a layer less",
                        c -> c.put("num_hidden_layers", 1),
                        "FOLDER: unknown tensor in a BERT checkpoint 'encoder.layer.1.attention.output.LayerNorm.bias'; did you mean 'encoder.layer.0.attention.output.LayerNorm.bias'? (config.json and weights of two models, or a buffer of another program's, without which the model is to be saved again)"),
                config(
                        "another vocabulary",
                        c -> c.put("vocab_size", 50),
                        "FOLDER: tensor 'embeddings.word_embeddings.weight' has shape [24, 8] but config.json says [50, 8]"),
                config(
                        "other positions",
                        c -> c.put("max_position_embeddings", 512),
                        "FOLDER: tensor 'embeddings.position_embeddings.weight' has shape [15, 8] but config.json says [512, 8]"),
                config(
                        "padding outside the vocabulary",
                        c -> c.put("pad_token_id", 24),
                        "FOLDER: config.json: pad_token_id is 24, but the vocabulary ends at 23"),
                config(
                        "an epsilon of nothing",
                        c -> c.put("layer_norm_eps", 0),
                        "FOLDER: config.json: layer_norm_eps must be a positive number, found 0"));
    }

    private static List<Row> weights() {
        return List.of(
                bert(
                        "no weights",
                        folder -> Files.delete(folder.resolve(WEIGHTS)),
                        "no model.safetensors, no pytorch_model.bin and no index of shards in FOLDER; a model folder needs one of them"),
                bert(
                        "empty weights",
                        folder -> head(folder.resolve(WEIGHTS), 0),
                        "FOLDER/model.safetensors: it has 0 bytes and no header; download or save the file again"),
                bert(
                        "weights cut in their header",
                        folder -> head(folder.resolve(WEIGHTS), 100),
                        "FOLDER/model.safetensors: its header claims 4176 bytes, but only 92 follow: it is truncated; download or save the file again"),
                bert(
                        "weights cut in a tensor",
                        folder -> head(folder.resolve(WEIGHTS), 9000),
                        "FOLDER/model.safetensors: tensor 'bert.encoder.layer.1.intermediate.dense.weight' ends at byte 5152 of the data, but the file holds only 4816: it is truncated; download or save the file again"),
                bert(
                        "weights that are a link into nowhere",
                        folder -> dangling(folder.resolve(WEIGHTS)),
                        "FOLDER/model.safetensors: is a link to a file that is gone; download it again"),
                bert(
                        "weights that are a folder",
                        folder -> folder(folder.resolve(WEIGHTS)),
                        "FOLDER/model.safetensors: is a folder; a file is needed"),
                text(
                        "weights that are a pointer",
                        WEIGHTS,
                        "version https://git-lfs.github.com/spec/v1\noid sha256:53\nsize 9\n",
                        "FOLDER/model.safetensors: is a git-lfs pointer, not the file itself; run 'git lfs pull' in its folder, or download the file"),
                text(
                        "weights that are text",
                        WEIGHTS,
                        "Repository not found",
                        "FOLDER/model.safetensors: is text, not weights; it starts with 'Repository not found'; download it again"),
                bert(
                        "a header of any length",
                        folder -> Files.write(folder.resolve(WEIGHTS), file(Long.MAX_VALUE, "{}", 0)),
                        "FOLDER/model.safetensors: its header claims a length of 9223372036854775807 bytes, allowed are 2 to 100000000, so this is not a safetensors file; download or save the file again"),
                header(
                        "a header of garbage",
                        "%garbage",
                        "FOLDER/model.safetensors: its header is not valid JSON: unexpected '%' in line 1, column 1; download or save the file again"),
                header(
                        "tensors that overlap",
                        "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]},"
                                + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}",
                        "FOLDER/model.safetensors: tensor 'b' starts at byte 8 of the data, but the one before it ends at 12 (they overlap); download or save the file again"),
                header(
                        "a gap between tensors",
                        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                                + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}",
                        "FOLDER/model.safetensors: tensor 'b' starts at byte 8 of the data, but the one before it ends at 4 (a gap); download or save the file again"),
                header(
                        "a shape that is a lie",
                        "{\"a\":{\"dtype\":\"F32\",\"shape\":[7],\"data_offsets\":[0,16]}}",
                        "FOLDER/model.safetensors: tensor 'a' with the shape [7] of F32 takes 28 bytes, but its offsets span 16; download or save the file again"),
                header(
                        "more values than any file holds",
                        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,16]}}",
                        "FOLDER/model.safetensors: tensor 'a' has the shape [4611686018427387904, 4], more than any file can hold; download or save the file again"),
                header(
                        "a type of eight bits",
                        "{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[16],\"data_offsets\":[0,16]}}",
                        "FOLDER/model.safetensors: tensor 'a' has the type F8_E4M3, which cannot be read; convert it to one of [BOOL, U8, I8, I16, F16, BF16, I32, F32, F64, I64]"),
                header(
                        "bytes after the tensors",
                        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                        "FOLDER/model.safetensors: its tensors fill 8 bytes, but 16 follow the header; download or save the file again"),
                tensors(
                        "a missing tensor",
                        all -> all.remove(MAP),
                        "FOLDER: the checkpoint lacks 1 tensor(s) that its config.json asks for, the first is 'encoder.layer.0.output.dense.weight'; is it complete?"),
                tensors(
                        "a slip in a name",
                        all -> all.put("bert.pooler.dens.bias", Numbers.zeros(8)),
                        "FOLDER: unknown tensor in a BERT checkpoint 'pooler.dens.bias'; did you mean 'pooler.dense.bias'? (config.json and weights of two models, or a buffer of another program's, without which the model is to be saved again)"),
                tensors(
                        "an unknown tensor",
                        all -> all.put("bert.rotary", Numbers.zeros(8)),
                        "FOLDER: unknown tensor in a BERT checkpoint 'rotary'; the nearest of 39 known: pooler.dense.bias, pooler.dense.weight, embeddings.LayerNorm.bias (config.json and weights of two models, or a buffer of another program's, without which the model is to be saved again)"),
                tensors(
                        "another shape",
                        all -> all.put(MAP, Numbers.zeros(8, 13)),
                        "FOLDER: tensor 'encoder.layer.0.output.dense.weight' has shape [8, 13] but config.json says [8, 12]"),
                tensors(
                        "one tensor under two names",
                        all -> all.put("bert.embeddings.LayerNorm.gamma", Numbers.zeros(8)),
                        "FOLDER holds the tensor embeddings.LayerNorm.weight twice, under an old and a new name; download the weights again"),
                tensors(
                        "a value that is none",
                        all -> all.put(
                                "bert.embeddings.LayerNorm.bias",
                                new Numbers(new float[] {0, 0, Float.NaN, 0, 0, 0, 0, 0}, new long[] {8})),
                        "FOLDER/model.safetensors: tensor 'embeddings.LayerNorm.bias' holds a NaN or infinite value; the file is damaged: download or create it again"),
                shards(
                        "a missing shard",
                        folder -> Files.delete(folder.resolve(SHARD)),
                        "the shard model-00002-of-00003.safetensors that model.safetensors.index.json lists is not in FOLDER; download it too"),
                shards(
                        "an index without a map",
                        folder -> Files.writeString(folder.resolve(INDEX), "{\"metadata\": {}}"),
                        "FOLDER/model.safetensors.index.json: it has no weight_map from tensor names to files; download or save the file again"),
                index(
                        "a shard of another folder",
                        map -> map.put("shared.weight", "../model.safetensors"),
                        "FOLDER/model.safetensors.index.json: tensor 'shared.weight' is listed in \"../model.safetensors\", which is not a .safetensors file of this folder; download or save the file again"),
                index(
                        "a tensor that its shard lacks",
                        map -> map.put("shared.bias", SHARD),
                        "FOLDER/model-00002-of-00003.safetensors: tensor 'shared.bias' is missing, which model.safetensors.index.json lists there; download or save the file again"),
                index(
                        "a tensor that the index lacks",
                        map -> map.remove("shared.weight"),
                        "FOLDER/model-00001-of-00003.safetensors: it holds tensor 'shared.weight', which model.safetensors.index.json does not expect there; download or save the file again"),
                torch(
                        "a pickle that calls a program",
                        "cposix\nsystem\nU\u0004true\u0085R.",
                        0,
                        "FOLDER/pytorch_model.bin: names posix.system, which is not part of a table of plain tensors; nothing was executed. If you trust the file, convert it in Python: load it, then model.save_pretrained(folder, safe_serialization=True)"),
                torch(
                        "a pickle of a whole model",
                        "cmy_models\nMyBert\n)R.",
                        0,
                        "FOLDER/pytorch_model.bin: names my_models.MyBert, which is not part of a table of plain tensors; nothing was executed. If you trust the file, convert it in Python: load it, then model.save_pretrained(folder, safe_serialization=True)"),
                torch(
                        "a truncated zip file",
                        "}.",
                        30,
                        "FOLDER/pytorch_model.bin: its zip archive is damaged; download or save the file again"),
                torch(
                        "a pickle without tensors",
                        "}.",
                        0,
                        "FOLDER: config.json asks for 2 layers, but the checkpoint holds only 0 tensors; take both from the same model"),
                bert(
                        "weights under the name of another format",
                        folder -> Files.move(folder.resolve(WEIGHTS), folder.resolve(TORCH)),
                        "FOLDER/pytorch_model.bin: it is not a file of torch.save; download or save the file again"),
                new Row(
                        "two tables of words",
                        "bart-writer",
                        folder -> TensorFile.change(
                                folder.resolve(WEIGHTS),
                                all -> all.put("model.decoder.embed_tokens.weight", Numbers.zeros(24, 8))),
                        "FOLDER holds two different word embeddings, shared.weight and decoder.embed_tokens.weight; only models with one are supported"));
    }

    private static List<Row> tokenizers() {
        return List.of(
                bert(
                        "no tokenizer",
                        folder -> Files.delete(folder.resolve(TOKENIZER)),
                        "no tokenizer.json, no vocab.txt and no vocab.json with merges.txt in FOLDER; a model folder needs one of them"),
                text(
                        "a tokenizer in Python",
                        SETTINGS,
                        "{\"tokenizer_class\": \"BertJapaneseTokenizer\"}",
                        "FOLDER: the tokenizer_class BertJapaneseTokenizer is not supported: it is a program in Python; use a model with another tokenizer"),
                text(
                        "a tokenizer that ends early",
                        TOKENIZER,
                        "{\"model\": ",
                        "FOLDER/tokenizer.json is not valid JSON: it ends too early in line 1, column 11; download it again"),
                text(
                        "a tokenizer without a vocabulary",
                        TOKENIZER,
                        "{}",
                        "FOLDER: the unk_token [UNK] is not in the vocabulary; use files of one model"),
                text(
                        "settings that are a list",
                        SETTINGS,
                        "[]",
                        "FOLDER/tokenizer_config.json is not a JSON object; download it again"),
                text(
                        "padding at the left",
                        SETTINGS,
                        "{\"padding_side\": \"left\"}",
                        "FOLDER/tokenizer_config.json: padding_side is \"left\"; only right is supported"),
                bert(
                        "more tokens than embeddings",
                        folder -> JsonFile.change(folder.resolve(TOKENIZER), t -> t.withObject("/model/vocab")
                                .put("more", 24)),
                        "wrong vocabulary size in FOLDER: the tokenizer has 25 tokens, but embeddings.word_embeddings.weight only 24 rows; use tokenizer and weights of the same model"),
                bert(
                        "no padding token",
                        folder -> JsonFile.change(folder.resolve(TOKENIZER), t -> {
                            t.withObject("/model/vocab").remove("[PAD]");
                            ((ArrayNode) t.get("added_tokens")).remove(0);
                        }),
                        "FOLDER/tokenizer.json has no padding token; it needs one of [PAD], <pad>"),
                bert(
                        "a special token outside the vocabulary",
                        folder -> Files.writeString(
                                folder.resolve(TOKENIZER),
                                Files.readString(folder.resolve(TOKENIZER)).replace("\"ids\":[2]", "\"ids\":[77]")),
                        "FOLDER/tokenizer.json: its post_processor adds the id 77, but its vocabulary ends at 21; download it again"),
                bert(
                        "a third type of tokens",
                        folder -> Files.writeString(
                                folder.resolve(TOKENIZER),
                                Files.readString(folder.resolve(TOKENIZER))
                                        .replace("\"id\":\"B\",\"type_id\":1", "\"id\":\"B\",\"type_id\":2")),
                        "wrong token types in FOLDER: the tokenizer gives types up to 2, but embeddings.token_type_embeddings.weight has only 2 rows; use tokenizer and weights of the same model"),
                bert(
                        "tokenizer settings that are a link into nowhere",
                        folder -> dangling(folder.resolve(SETTINGS)),
                        "FOLDER/tokenizer_config.json: is a link to a file that is gone; download it again"),
                bert(
                        "a tokenizer that is a link into nowhere",
                        folder -> dangling(folder.resolve(TOKENIZER)),
                        "FOLDER/tokenizer.json: is a link to a file that is gone; download it again"));
    }

    private static List<Row> folders() {
        return List.of(
                bert(
                        "a file instead of a folder",
                        DamagedFolderTest::intoAFile,
                        "the model FOLDER is a file; give the folder that holds config.json"),
                bert(
                        "no folder",
                        DamagedFolderTest::delete,
                        "no model 'FOLDER'; give the folder of a model, its name on the hub, or one of minilm-l6, bge-small"),
                bert("an empty folder", DamagedFolderTest::empty, "no config.json in FOLDER; a model folder needs it"),
                bert(
                        "no permission",
                        DamagedFolderTest::withoutPermission,
                        "FOLDER/model.safetensors: cannot be read; check the file and its permissions"));
    }

    @BeforeAll
    static void start() {
        Engine.start();
    }

    @TestFactory
    List<DynamicTest> eachIsRefusedInOneLine() {
        List<Row> rows = rows();
        assertThat(rows).hasSizeGreaterThanOrEqualTo(40);
        assertThat(rows.stream().map(Row::name)).doesNotHaveDuplicates();
        List<DynamicTest> tests = new ArrayList<>();
        rows.forEach(row -> tests.add(dynamicTest(row.name(), () -> {
            Path folder = copy(row.model());
            row.damage().to(folder);
            InputException e = catchThrowableOfType(InputException.class, () -> BaseModel.open(folder.toString()));
            assertThat(e).as("refused").isNotNull();
            String known = String.join(
                    ", ", Families.all().stream().map(Family::modelType).toList());
            assertThat(e.getMessage().replace(folder.toString(), "FOLDER").replace(known, "KNOWN"))
                    .isEqualTo(row.line());
        })));
        return tests;
    }

    private static Path copy(String model) throws IOException {
        Path folder = Files.createTempDirectory(home, "model");
        try (Stream<Path> files = Files.list(Checkpoints.folder(model))) {
            for (Path file : files.toList()) {
                Files.write(folder.resolve(file.getFileName().toString()), Files.readAllBytes(file));
            }
        }
        return folder;
    }

    private static byte[] file(long length, String json, int data) {
        return ByteBuffer.allocate(Long.BYTES + json.length() + data)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .put(json.getBytes(StandardCharsets.UTF_8))
                .array();
    }

    private static byte[] zip(String pickle) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            byte[] table = pickle.getBytes(StandardCharsets.ISO_8859_1);
            CRC32 checksum = new CRC32();
            checksum.update(table);
            ZipEntry entry = new ZipEntry("model/data.pkl");
            entry.setMethod(ZipEntry.STORED);
            entry.setSize(table.length);
            entry.setCrc(checksum.getValue());
            zip.putNextEntry(entry);
            zip.write(table);
            zip.closeEntry();
        }
        return bytes.toByteArray();
    }

    private static void head(Path file, int bytes) throws IOException {
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), bytes));
    }

    /** The dangling link that a cleared cache of downloads leaves. */
    private static void dangling(Path file) throws IOException {
        Files.deleteIfExists(file);
        Files.createSymbolicLink(file, file.resolveSibling("blobs").resolve("gone"));
    }

    private static void intoAFile(Path folder) throws IOException {
        delete(folder);
        Files.createFile(folder);
    }

    private static void delete(Path folder) throws IOException {
        empty(folder);
        Files.delete(folder);
    }

    private static void empty(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    private static void withoutPermission(Path folder) throws IOException {
        Path file = folder.resolve(WEIGHTS);
        Files.setPosixFilePermissions(file, Set.of());
        assumeTrue(!Files.isReadable(file), "root may read everything");
    }

    private static void folder(Path file) throws IOException {
        Files.delete(file);
        Files.createDirectory(file);
    }
}
