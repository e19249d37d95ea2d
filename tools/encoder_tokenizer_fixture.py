"""Writes core/src/test/resources/org/unipelt/text/encoders/: a small tokenizer of ModernBERT's structure, a small
vocabulary of fastBPE as BERTweet and PhoBERT have it, and the ids that AutoTokenizer gives for the texts of
sentencepiece_fixture.py, so that EncoderTokenizerTest can compare without Python.

    pip install tokenizers transformers
    python tools/encoder_tokenizer_fixture.py core/src/test/resources/org/unipelt/text

Both vocabularies are learnt from examples/messages.
"""

import collections
import json
import pathlib
import sys
import tempfile

import tokenizers
import transformers
from tokenizers import AddedToken, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer

import byte_pair_fixture
import sentencepiece_fixture

MERGES = 300


def modernbert():
    cut = tokenizers.Tokenizer(models.BPE())
    cut.normalizer = normalizers.NFC()
    cut.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    cut.decoder = decoders.ByteLevel()
    cut.train_from_iterator(byte_pair_fixture.messages("train.tsv"), trainers.BpeTrainer(
        vocab_size=700, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    cut.add_tokens([AddedToken("|||IP_ADDRESS|||", normalized=True)])
    cut.add_special_tokens(["<|padding|>", "<|endoftext|>"])
    cut.add_tokens([AddedToken(" " * n, normalized=True) for n in range(24, 1, -1)])
    cut.add_special_tokens(["[UNK]", "[CLS]", "[SEP]", "[PAD]"])
    cut.add_special_tokens([AddedToken("[MASK]", lstrip=True, special=True)])
    cut.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(token, cut.token_to_id(token)) for token in ("[CLS]", "[SEP]")])
    config = dict(
        cls_token="[CLS]", mask_token="[MASK]", pad_token="[PAD]", sep_token="[SEP]", unk_token="[UNK]",
        added_tokens_decoder={
            str(i): dict(content=t.content, lstrip=t.lstrip, rstrip=t.rstrip, normalized=t.normalized,
                         single_word=t.single_word, special=t.special)
            for i, t in sorted(cut.get_added_tokens_decoder().items())},
        model_input_names=["input_ids", "attention_mask"], tokenizer_class="PreTrainedTokenizerFast")
    return {
        "tokenizer.json": json.dumps(json.loads(cut.to_str()), ensure_ascii=False, separators=(",", ":")),
        "tokenizer_config.json": json.dumps(config), "config.json": '{"model_type": "modernbert"}'}


def fast_byte_pairs():
    """Learns merges, then counts the tokens that they leave, as fastBPE does: some pieces get no place in the vocabulary."""
    words = collections.Counter(" ".join(byte_pair_fixture.messages("train.tsv")).split())
    split = {word: [*word[:-1], word[-1] + "</w>"] for word in words}
    merges = []
    for _ in range(MERGES):
        pairs = collections.Counter()
        for word, count in words.items():
            for pair in zip(split[word], split[word][1:]):
                pairs[pair] += count
        best = max(sorted(pairs), key=pairs.get)
        merges.append((*best, pairs[best]))
        for word, symbols in split.items():
            merged = []
            for symbol in symbols:
                if merged and (merged[-1], symbol) == best:
                    merged[-1] += symbol
                else:
                    merged.append(symbol)
            split[word] = merged
    merges.append(("@", "@</w>", 1))
    tokens = collections.Counter()
    for word, count in words.items():
        for symbol in split[word]:
            tokens[symbol.removesuffix("</w>") if symbol.endswith("</w>") else symbol + "@@"] += count
    tokens["@@@"] = tokens["@@"] = 3
    return {
        "vocab.txt": "".join(f"{t} {n}\n" for t, n in tokens.most_common() if n > 2),
        "bpe.codes": "".join(f"{a} {b} {n}\n" for a, b, n in merges)}


def odd_one_moves(cut, text, pair, max_length):
    """As in byte_pair_fixture, for a tokenizer in Python."""
    if pair is None:
        return False
    first, second = (len(cut.tokenize(each)) for each in (text, pair))
    places = max_length - cut.num_special_tokens_to_add(True)
    return places % 2 == 1 and min(first, second) > places // 2


def inputs():
    yield from sentencepiece_fixture.inputs()
    texts = ["@@ a@@ @@@ x@@y", "was\nit\n\nlate", "\u001cpar\u0085cel\u2007no", "the cat's where's"]
    for text, pair in zip(texts, texts[1:] + texts[:1]):
        yield text, pair, 64


def rows(cut):
    moves = odd_one_moves if not cut.is_fast else lambda c, *row: byte_pair_fixture.odd_one_moves(c.backend_tokenizer, *row)
    return ["" if moves(cut, *row) else " ".join(map(str, sentencepiece_fixture.encode(cut, *row))) for row in inputs()]


def main(folder):
    transformers.logging.set_verbosity_error()
    folder.mkdir(exist_ok=True)
    fixture = {"made_with": f"transformers {transformers.__version__}, tokenizers {tokenizers.__version__}",
               "inputs": list(inputs())}
    pairs = fast_byte_pairs()
    kinds = {"modernbert": modernbert()}
    for name in ("BertweetTokenizer", "PhobertTokenizer"):
        kinds[name] = {**pairs, "config.json": json.dumps({"model_type": "roberta", "tokenizer_class": name})}
    for kind, files in kinds.items():
        with tempfile.TemporaryDirectory() as scratch:
            for name, content in files.items():
                pathlib.Path(scratch, name).write_text(content, encoding="utf-8")
                if name != "config.json":
                    (folder / name).write_text(content, encoding="utf-8")
            cut = AutoTokenizer.from_pretrained(scratch)
            fixture[kind] = rows(cut)
            fixture[kind + " messages"] = sentencepiece_fixture.messages(cut)
            print(kind, len(fixture[kind]), fixture[kind].count(""), fixture[kind + " messages"])
    # Their classes differ in nothing but tweets' normalization.
    for key in ("", " messages"):
        assert fixture.pop("BertweetTokenizer" + key) == fixture["PhobertTokenizer" + key]
        fixture["fastBPE" + key] = fixture.pop("PhobertTokenizer" + key)
    byte_pair_fixture.write(folder / "expected.json", fixture)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]) / "encoders")
