"""Writes core/src/test/resources/org/unipelt/text/sentencepiece/: three small SentencePiece models, one with the layout of
XLM-RoBERTa, CamemBERT and mBART, one with ALBERT's, one with DeBERTa's, and one with that of T5 and Pegasus; a vocabulary of MPNet's kind, the
tokenizer.json that transformers makes of each, and the ids that AutoTokenizer gives for texts, so that EncoderTokenizerTest
can compare without Python.

    pip install sentencepiece protobuf tokenizers transformers
    python tools/sentencepiece_fixture.py core/src/test/resources/org/unipelt/text

The models are learnt from examples/messages. Their table of character replacements has only what the texts need: the usual
one has 240 kilobytes.
"""

import json
import pathlib
import shutil
import struct
import sys
import tempfile
import unicodedata
import zlib

import sentencepiece
import tokenizers
import transformers
from sentencepiece import sentencepiece_model_pb2
from transformers import AutoTokenizer

import byte_pair_fixture

# More hard cases, beside those of byte_pair_fixture.
TEXTS = byte_pair_fixture.TEXTS + [
    "Ｗｈｅｒｅ　ｉｓ　ｍｙ　ｐａｒｃｅｌ？", "``quoted'' and ''quoted``", "ﬀ ﬁ ﬂ ﬃ ﬄ", "½ kg, 3² m, №5, ™ ®", "e\u0301te\u0301 = été",
    "a\u200bb\u200cc\u200dd\ufeffe", "▁ is ▁▁ a ▁piece", "▁parcel parcel ▁ parcel", "\u0000\u0001\u0002 nul", "\ufffd \ufffe x",
    "👩‍🚀👩🏿‍🤝‍👩🏻🇷🇴", "ཨོཾ་མ་ཎི་པདྨེ", "ไปรษณีย์ไทย", "가나다 각", "𠮷野家 漢字かな交じり文", "Zürich, Łódź, Đà Nẵng, Şişli",
    "x" * 700, "ab" * 200, "word" + "\u0301" * 40, "supercalifragilisticexpialidocious" * 3, "1,000,000.00 5, 7,", "9, 10,",
    "(brackets) \"quotes\" – dash £5 €6 a-b.c", "[CLS] a [SEP] b [MASK] c [PAD] [UNK] <unk>NOTUSED <s>NOTUSED",
    "[cls] A<S>b</S> <MASK> <Mask>", "tab\tin\u000bvertical\u000cform\u0085next", "\u202eright to left\u202c \u2066x\u2069",
    "MiXeD CaSe ÀÉÎ àéî", "ẞ ß ſ K Å", "a  b   c    d", "  lead", "trail  ", "…‥․ ′″‴", "\u3000\u2003\u2009\u00a0",
    "http://a.b/c?d=e&f=g#h", "user@example.org, +40 21 123 45 67", "C:\\path\\to\\file.txt", "<b>bold</b> &amp; &lt;", "$%^&*()_+{}|:<>?~`",
]
SAMPLES = dict(
    xlm_roberta=("messages.model", "sentencepiece.bpe.model", "xlm-roberta"),
    camembert=("messages.model", "sentencepiece.bpe.model", "camembert"),
    albert=("albert.model", "spiece.model", "albert"),
    mpnet=("mpnet.txt", "vocab.txt", "mpnet"),
    deberta=("deberta.model", "spm.model", "deberta-v2"),
)
# Of models that generate: the file, its name, the model's type, tokenizer_config.json.
WRITERS = dict(
    t5=("t5.model", "spiece.model", "t5", {}),
    mt5=("t5.model", "spiece.model", "mt5", dict(extra_ids=0, tokenizer_class="T5Tokenizer")),
    pegasus=("t5.model", "spiece.model", "pegasus", {}),
    mbart=("messages.model", "sentencepiece.bpe.model", "mbart", {}),
    mbart_romanian=("messages.model", "sentencepiece.bpe.model", "mbart", dict(src_lang="ro_RO", tgt_lang="en_XX")),
    mbart50=("messages.model", "sentencepiece.bpe.model", "mbart", dict(tokenizer_class="MBart50Tokenizer", src_lang="sl_SI")),
)
# Those with a tokenizer.json of their own, made with these settings, which keep it small.
SAVED = dict(t5=dict(extra_ids=4), pegasus=dict(offset=6), mbart50={})
LENGTHS = [128, 24]


def replacements(folder):
    """Writes the rules for the characters of the texts: their compatibility form, and nothing for control characters."""
    file = folder / "rules.tsv"
    lines = []
    for char in sorted(set("".join(TEXTS))):
        normal = unicodedata.normalize("NFKC", char)
        if char in "\t\n\r\u2028\u2029":
            normal = " "
        elif unicodedata.category(char) in ("Cc", "Cf") and char not in "\u200d\u0000":
            normal = ""
        if normal != char and char != "\u0000":
            lines.append(" ".join(f"{ord(c):X}" for c in char) + "\t" + " ".join(f"{ord(c):X}" for c in normal))
    file.write_text("\n".join(lines) + "\n")
    return file


def learn(folder, name, **settings):
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        texts = byte_pair_fixture.messages("train.tsv") + byte_pair_fixture.messages("dev.tsv")
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts), model_prefix=str(scratch / "m"), model_type="unigram", minloglevel=2,
            normalization_rule_tsv=str(replacements(scratch)), num_threads=1, **settings)
        proto = sentencepiece_model_pb2.ModelProto()
        proto.ParseFromString((scratch / "m.model").read_bytes())
        # Paths of this run.
        proto.trainer_spec.ClearField("model_prefix")
        proto.normalizer_spec.ClearField("normalization_rule_tsv")
        (folder / name).write_bytes(proto.SerializeToString())


def learn_word_pieces(folder):
    """Learns a vocabulary unless there is one: the result differs slightly each time."""
    if (folder / "mpnet.txt").exists():
        return
    learner = tokenizers.BertWordPieceTokenizer(lowercase=True)
    learner.train_from_iterator(
        byte_pair_fixture.messages("train.tsv"), vocab_size=500, show_progress=False, special_tokens=[])
    pieces = sorted(learner.get_vocab(), key=learner.get_vocab().get)
    lines = ["<s>", "<pad>", "</s>", "<unk>", "[UNK]", *(p for p in pieces if p not in ("[UNK]", "<unk>")), "<mask>"]
    (folder / "mpnet.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def auto(source, name, model_type, settings=None):
    """Returns the tokenizer of a folder with one vocabulary, and the tokenizer.json that it saves."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        shutil.copy(source, folder / name)
        (folder / "config.json").write_text(json.dumps({"model_type": model_type}))
        if settings:
            (folder / "tokenizer_config.json").write_text(json.dumps(settings))
        cut = AutoTokenizer.from_pretrained(folder)
        cut.save_pretrained(folder / "saved")
        return cut, json.loads((folder / "saved" / "tokenizer.json").read_text(encoding="utf-8"))


def encode(cut, text, pair, max_length):
    # In lists, because a single empty second text counts as none.
    made = cut([text], None if pair is None else [pair], truncation="longest_first", max_length=max_length)
    ids = made["input_ids"][0]
    types = made.get("token_type_ids", [[0] * len(ids)])[0]
    assert types == sorted(types)
    return ids, types


def inputs():
    """Returns texts alone and in pairs, each with a length."""
    for number, (text, pair) in enumerate(zip(TEXTS, TEXTS[1:] + TEXTS[:1])):
        for second in (None, pair):
            yield text, second, LENGTHS[number % len(LENGTHS)]


def rows(cut):
    """Returns the ids of all inputs, and how many at their end have type 1; an empty row where releases of `tokenizers`
    differ."""
    made = []
    for row in inputs():
        ids, types = encode(cut, *row)
        odd = byte_pair_fixture.odd_one_moves(cut.backend_tokenizer, *row)
        made.append("" if odd else " ".join(map(str, ids)) + (f" / {sum(types)}" if any(types) else ""))
    return made


def messages(cut):
    """Returns the number and the checksum of the ids of every message of test.tsv, alone or with the next."""
    texts = byte_pair_fixture.messages("test.tsv")
    count, tokens, crc = 0, 0, 0
    for i, paired, _ in byte_pair_fixture.messages_segments(texts):
        ids, types = encode(cut, texts[i], texts[i + 1] if paired else None, 128)
        crc = zlib.crc32(struct.pack(f"<i{2 * len(ids)}i", len(ids), *ids, *types), crc)
        count, tokens = count + 1, tokens + len(ids)
    return dict(texts=count, tokens=tokens, crc32=crc)


def decoded(cut, row):
    """Returns the text of a row's ids, as it is read after generating them."""
    ids = list(map(int, row.split()))
    return cut.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)


def compared(cut, whole):
    """Returns what is compared of a tokenizer: all ids, or their checksum."""
    made = rows(cut)
    part = [decoded(cut, row) for row in made[::7]]
    # The rows in which releases of `tokenizers` differ are empty.
    ids = made if whole else dict(skipped=[i for i, row in enumerate(made) if not row], crc32=zlib.crc32("\n".join(made).encode()))
    return dict(messages=messages(cut), pad=cut.pad_token_id, rows=ids, decoded=part if whole else [])


def writers(folder):
    learn(folder, "t5.model", vocab_size=400, character_coverage=0.999, pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    fixture = {"made_with": f"transformers {transformers.__version__}, tokenizers {tokenizers.__version__}", "samples": {}}
    for sample, (source, name, model_type, settings) in WRITERS.items():
        cut, _ = auto(folder / source, name, model_type, settings)
        fixture["samples"][sample] = dict(
            config=settings, model_type=model_type, source=source, name=name,
            **compared(cut, sample in ("t5", "pegasus", "mbart", "mbart50")))
    for sample, settings in SAVED.items():
        source, name, model_type, usual = WRITERS[sample]
        settings = dict(usual, **settings)
        _, saved = auto(folder / source, name, model_type, settings)
        (folder / f"{sample}.json").write_text(json.dumps(saved, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
        cut, _ = auto(folder / f"{sample}.json", "tokenizer.json", model_type, settings)
        fixture["samples"][sample + " of tokenizer.json"] = dict(
            config=settings, model_type=model_type, source=f"{sample}.json", name="tokenizer.json", **compared(cut, False))
    byte_pair_fixture.write(folder / "writers.json", fixture)


def main(folder):
    transformers.logging.set_verbosity_error()
    folder.mkdir(exist_ok=True)
    learn(folder, "messages.model", vocab_size=400, character_coverage=0.999)
    learn(folder, "albert.model", vocab_size=400, character_coverage=0.999, pad_id=0, unk_id=1, bos_id=-1, eos_id=-1,
          control_symbols=["[CLS]", "[SEP]", "[MASK]"], user_defined_symbols=["(", ")", "\"", "-", ".", "–", "£", "€"])
    learn(folder, "deberta.model", vocab_size=400, character_coverage=0.999, pad_id=0, bos_id=1, eos_id=2, unk_id=3,
          pad_piece="[PAD]", bos_piece="[CLS]", eos_piece="[SEP]", unk_piece="[UNK]")
    learn_word_pieces(folder)
    fixture = {
        "made_with": f"transformers {transformers.__version__}, tokenizers {tokenizers.__version__}",
        "inputs": list(inputs())}
    for sample, (source, name, model_type) in SAMPLES.items():
        cut, saved = auto(folder / source, name, model_type)
        (folder / f"{model_type}.json").write_text(json.dumps(saved, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
        fixture[model_type + " messages"] = messages(cut)
        fixture[model_type] = rows(cut)
        again, _ = auto(folder / f"{model_type}.json", "tokenizer.json", model_type)
        other = [i for i, (a, b) in enumerate(zip(rows(again), fixture[model_type])) if a != b]
        # CamemBERT's class has three more special tokens there, and one of the texts names them.
        fixture[model_type + " of tokenizer.json"] = {i: rows(again)[i] for i in other}
        assert messages(again) == fixture[model_type + " messages"]
        print(model_type, len(fixture[model_type]), other, fixture[model_type + " messages"])
    byte_pair_fixture.write(folder / "expected.json", fixture)
    writers(folder)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]) / "sentencepiece")
