"""Writes core/src/test/resources/org/unipelt/text/byte-pair/ and unigram/: a small vocabulary of the
kind of RoBERTa and BART, one of the kind of mBART, and the ids that Python gives for texts, so that BytePairVocabularyTest
and UnigramTest can compare without Python.

Both vocabularies are learnt from examples/messages, which belong to this repository. GLUE's texts do not, so the fixture
has only a checksum of their ids.

    pip install tokenizers transformers
    python tools/byte_pair_fixture.py GLUE_FOLDER core/src/test/resources/org/unipelt/text

Learning a unigram vocabulary gives a slightly different one each time, so the program keeps an existing one. Delete
unigram/tokenizer.json to learn another.
"""

import json
import pathlib
import sys

import tokenizers
import transformers
from tokenizers import AddedToken, decoders, models, normalizers, pre_tokenizers, processors, trainers

import tokenizer_fixture

MESSAGES = pathlib.Path(__file__).parent.parent / "examples" / "messages"
SPECIALS = ["<s>", "<pad>", "</s>", "<unk>"]
LANGUAGES = ["de_DE", "en_XX", "ro_RO"]
LENGTHS = [128, 16, 8]
# Hard cases, written for this file; each is used alone and in a pair with the next.
TEXTS = [
    "", " ", "   ", "a", " a", "  a  b   c  ", "trailing ", "trailing  ", "\n", "line one\nline two\r\n\r\nline four",
    "\ttab\tbed \t ", "It's we'll they've I'd you're I'm DON'T", "2024-05-01, 49,90 €, 1234567890",
    "Ça a coûté cher — naïve, no? « oui »", "请问我的包裹在哪里？", "注文をキャンセルしたい", "Thanks 🙂👍🏽 a lot 👨‍👩‍👧!",
    "İstanbul ẞ Σίσυφος ДОСТАВКА हिन्दी العربية", "e\u0301 \u00e9 ﬁ ＦＵＬＬ　width", "nbsp\u00a0end zero\u200bwidth soft\u00adhyphen",
    "<mask>", "fill <mask> in", "fill   <mask>  in", "fill<mask>in", "<s> is not </s> here <pad> <unk>", " <s>x</s> ",
    "https://x.y/z?q=1&r=2#f a.b@c.org $5 50% C++ #1", "x" * 300, "!!! ??? ... --- ___", "A" + " b" * 40 + " c" * 40,
    "\u0001\u007f\u0080 control", "\u2028separator\u2029 \u3000 wide", "ΑΒΓ αβγ ß SS ǅ", "\U0001d54a\U0001d553 \U0010ffff",
    "Where is my parcel? It should have been here on Tuesday.", "the the the the the the the the the the the the",
]


def messages(name):
    with open(MESSAGES / name, encoding="utf-8") as lines:
        next(lines)
        return [line.rstrip("\n").split("\t")[0] for line in lines]


def segments():
    """Returns texts and pairs, each with a length."""
    for number, (text, pair) in enumerate(zip(TEXTS, TEXTS[1:] + TEXTS[:1])):
        for max_length in LENGTHS:
            yield text, None, max_length
        yield text, pair, 128
        yield text, pair, [6, 7, 8, 9, 16][number % 5]


def messages_segments(texts):
    """Returns every message once, by its index: alone, or with the next."""
    for i in range(len(texts) - 1):
        yield i, i % 2 == 1, LENGTHS[i // 2 % 3]


def learn_byte_pairs(folder):
    learner = tokenizers.ByteLevelBPETokenizer()
    learner.train_from_iterator(
        messages("train.tsv") + messages("dev.tsv"), vocab_size=1999, min_frequency=2, special_tokens=SPECIALS,
        show_progress=False)
    learner.save_model(str(folder))
    vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    # The mask is the last, as in RoBERTa's own vocabulary.
    vocabulary["<mask>"] = len(vocabulary)
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")


def roberta(kind, folder, prefix_space):
    return kind.from_pretrained(folder, add_prefix_space=prefix_space)


def mbart():
    """Builds a tokenizer like MBartTokenizerFast, with a normaliser that needs no table."""
    tokenizer = tokenizers.Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(tokenizers.Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")])
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.train_from_iterator(
        messages("train.tsv"),
        trainers.UnigramTrainer(vocab_size=400, special_tokens=SPECIALS, unk_token="<unk>", show_progress=False))
    tokenizer.add_special_tokens(LANGUAGES + [AddedToken("<mask>", lstrip=True, special=True)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s> en_XX", pair="$A $B </s> en_XX",
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in ("</s>", "en_XX")])
    return tokenizer


def row(tokenizer, text, pair, max_length):
    ids, types = tokenizer_fixture.encode(tokenizer, [text, pair], max_length)
    assert not any(types)
    return ids, tokenizer.decode(ids, skip_special_tokens=True)


def odd_one_moves(tokenizer, text, pair, max_length):
    """Returns whether the result depends on the release of `tokenizers`: both segments of a pair are cut, and the number of
    places is odd. 0.21, the release in Java, gives the extra place to the longer segment; 0.23 does not always."""
    if pair is None:
        return False
    tokenizer.no_truncation()
    first, second = (len(tokenizer.encode(t, add_special_tokens=False).ids) for t in (text, pair))
    places = max_length - tokenizer.num_special_tokens_to_add(True)
    return places % 2 == 1 and min(first, second) > places // 2


def rows(tokenizer):
    for text, pair, max_length in segments():
        if odd_one_moves(tokenizer, text, pair, max_length):
            continue
        ids, decoded = row(tokenizer, text, pair, max_length)
        yield {"text": text, "pair": pair, "max_length": max_length, "ids": ids, "decoded": decoded}


def message_rows(tokenizer):
    texts = messages("test.tsv")
    for i, paired, max_length in messages_segments(texts):
        assert not odd_one_moves(tokenizer, texts[i], texts[i + 1] if paired else None, max_length)
        ids, decoded = row(tokenizer, texts[i], texts[i + 1] if paired else None, max_length)
        lossy = "  " in texts[i] or tokenizer.token_to_id("<unk>") in ids
        assert max_length < 128 or paired or lossy or decoded == texts[i], (decoded, texts[i])
        yield {"message": i, "paired": paired, "max_length": max_length, "ids": ids}


def write(file, fixture):
    """One entry a line: readable, with small diffs."""
    parts = []
    for key, value in fixture.items():
        if isinstance(value, list):
            lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in value)
            parts.append(f"{json.dumps(key)}: [\n{lines}\n]")
        else:
            parts.append(f"{json.dumps(key)}: {json.dumps(value)}")
    file.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def byte_pairs(glue, folder):
    folder.mkdir(exist_ok=True)
    learn_byte_pairs(folder)
    fixture = {"made_with": f"transformers {transformers.__version__}, tokenizers {tokenizers.__version__}"}
    for prefix_space in (False, True):
        fast = roberta(transformers.RobertaTokenizerFast, folder, prefix_space)
        bart = roberta(transformers.BartTokenizerFast, folder, prefix_space)
        tokenizer = fast.backend_tokenizer
        for text, pair, max_length in segments():
            expected = tokenizer_fixture.encode(tokenizer, [text, pair], max_length)[0]
            for kind in (fast, bart):
                # In lists, because a single empty second text counts as none.
                pairs = None if pair is None else [pair]
                ids = kind([text], pairs, truncation="longest_first", max_length=max_length)["input_ids"]
                assert ids == [expected], (text, pair, max_length)
            decoded = fast.decode(expected, skip_special_tokens=True, clean_up_tokenization_spaces=False)
            assert decoded == tokenizer.decode(expected, skip_special_tokens=True), text
        suffix = "_prefix_space" if prefix_space else ""
        fixture["files" + suffix] = [
            tokenizer_fixture.checksum(tokenizer, glue, *file) for file in tokenizer_fixture.FILES]
        fixture["rows" + suffix] = list(rows(tokenizer))
        if not prefix_space:
            fixture["messages"] = list(message_rows(tokenizer))
    write(folder / "expected.json", fixture)


def unigram(glue, folder):
    folder.mkdir(exist_ok=True)
    file = folder / "tokenizer.json"
    if not file.exists():
        mbart().save(str(file), pretty=False)
    tokenizer = tokenizers.Tokenizer.from_file(str(file))
    write(folder / "expected.json", {
        "made_with": f"tokenizers {tokenizers.__version__}",
        "files": [tokenizer_fixture.checksum(tokenizer, glue, *file) for file in tokenizer_fixture.FILES],
        "rows": list(rows(tokenizer)),
        "messages": list(message_rows(tokenizer)),
    })


def main():
    glue, folder = sys.argv[1:]
    byte_pairs(glue, pathlib.Path(folder) / "byte-pair")
    unigram(glue, pathlib.Path(folder) / "unigram")


if __name__ == "__main__":
    main()
