"""Writes core/src/test/resources/org/unipelt/text/folder-tokenizer.json: the ids that AutoTokenizer gives for
texts with tiny folders, one for every key beside the vocabulary that changes ids, so that FolderTokenizerTest can compare
without Python. Each key is tried with the older vocabulary files and with tokenizer.json.

    pip install transformers
    python tools/folder_tokenizer_fixture.py core/src/test/resources/org/unipelt/text/folder-tokenizer.json
"""

import base64
import json
import pathlib
import sys
import tempfile

import sentencepiece
import tokenizers
import transformers
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import AutoTokenizer

TEXTS = [
    ("the parcel came", None),
    ("The Parcel CAME late", None),
    ("café CAFÉ cafe naïve", None),
    ("请问 我的", None),
    ("🙂 👍🏽 the", None),
    ("[MASK] a [SEP] b [CLS]", None),
    ("the<x>parcel <x> came", None),
    (" <x>  [X] [x] ", None),
    ("<mask> a  <mask> </s> b", None),
    ("<y> parcels xthe the", None),
    ("Parcelling Parc parc", None),
    ("ref the ref", None),
    ("zz 49,90 € q?", None),
    ("", None),
    ("  a\tb\n", None),
    ("ＦＵＬＬ ﬁne e\u0301", None),
    ("en_XX came ro_RO", None),
    ("the parcel", "came late"),
    ("a", "The café <x>"),
]
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = "the parcel Parcel café cafe CAFÉ came CAME late 请 问 请问 🙂 naive naïve [X] ref The ##s fine full ﬁne".split()
BERT_VOCABULARY = SPECIALS + list("abcdefghijklmnopqrstuvwxyzABCEFMP.,!?é[]<>/0459") + [
    "##" + c for c in "abcdefghijklmnopqrstuvwxyzABCEFMPé09"] + [w for w in WORDS if w != "##s"]
ROBERTA_SPECIALS = ["<s>", "<pad>", "</s>", "<unk>"]


def byte_pairs():
    """Returns all bytes and some merges, with the special tokens around them as in RoBERTa."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = ["t h", "th e", "Ġ the", "p a", "r c", "pa rc", "parc e", "parce l", "Ġ parcel", "c a", "m e", "ca me",
              "Ġ came", "Ġ a", "Ã ©", "ca f", "caf Ã©", "x the"]
    vocabulary = {}
    for token in ROBERTA_SPECIALS + alphabet + [merge.replace(" ", "") for merge in merges] + ["[X]", "ref", "<mask>"]:
        vocabulary.setdefault(token, len(vocabulary))
    return vocabulary, merges


def added(token_id, content, **flags):
    entry = dict(id=token_id, content=content, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
    return {**entry, **flags}


def bert_json(lowercase=True):
    ids = {token: i for i, token in enumerate(BERT_VOCABULARY)}
    cut = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))
    cut.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    cut.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    cut.decoder = decoders.WordPiece()
    cut.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    cut.add_special_tokens(SPECIALS)
    return json.loads(cut.to_str())


def roberta_json():
    vocabulary, merges = byte_pairs()
    cut = Tokenizer(models.BPE(vocabulary, [tuple(m.split(" ")) for m in merges]))
    cut.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    cut.decoder = decoders.ByteLevel()
    cut.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    cut.add_special_tokens(ROBERTA_SPECIALS)
    cut.add_special_tokens([tokenizers.AddedToken("<mask>", lstrip=True, special=True)])
    return json.loads(cut.to_str())


def mbart_json():
    # transformers 5.18 gives each of mBART's languages a place, so all of them are here.
    languages = ("ar_AR cs_CZ de_DE en_XX es_XX et_EE fi_FI fr_XX gu_IN hi_IN it_IT ja_XX kk_KZ ko_KR lt_LT lv_LV my_MM "
                 "ne_NP nl_XX ro_RO ru_RU si_LK tr_TR vi_VN zh_CN").split()
    pieces = ROBERTA_SPECIALS + ["▁the", "▁parcel", "▁came", "▁a", "▁b", "▁late", "▁", *"abcdehlmprst"]
    cut = Tokenizer(models.Unigram([(piece, -float(i)) for i, piece in enumerate(pieces)], unk_id=3))
    cut.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")])
    cut.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    cut.add_special_tokens(ROBERTA_SPECIALS + languages)
    cut.add_special_tokens([tokenizers.AddedToken("<mask>", lstrip=True, special=True)])
    cut.post_processor = processors.TemplateProcessing(
        single="$A </s> en_XX", pair="$A $B </s> en_XX",
        special_tokens=[("</s>", 2), ("en_XX", cut.token_to_id("en_XX"))])
    return json.loads(cut.to_str())


def modernbert_json():
    """The structure of ModernBERT's: bytes and merges, [CLS] and [SEP], runs of spaces, NFC."""
    vocabulary, merges = byte_pairs()
    for token in ROBERTA_SPECIALS + ["<mask>"]:
        del vocabulary[token]
    vocabulary = {token: i for i, token in enumerate(["|||IP_ADDRESS|||", "<|padding|>", *vocabulary])}
    cut = Tokenizer(models.BPE(vocabulary, [tuple(m.split(" ")) for m in merges]))
    cut.normalizer = normalizers.NFC()
    cut.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    cut.decoder = decoders.ByteLevel()
    cut.add_tokens([tokenizers.AddedToken("|||IP_ADDRESS|||", normalized=True)])
    cut.add_special_tokens(["<|padding|>", "<|endoftext|>"])
    cut.add_tokens([tokenizers.AddedToken(" " * n, normalized=True) for n in (4, 3, 2)])
    cut.add_special_tokens(["[UNK]", "[CLS]", "[SEP]", "[PAD]"])
    cut.add_special_tokens([tokenizers.AddedToken("[MASK]", lstrip=True, special=True)])
    cut.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(token, cut.token_to_id(token)) for token in ("[CLS]", "[SEP]")])
    return json.loads(cut.to_str())


MODERNBERT_CONFIG = dict(
    cls_token="[CLS]", mask_token="[MASK]", pad_token="[PAD]", sep_token="[SEP]", unk_token="[UNK]",
    clean_up_tokenization_spaces=True, model_input_names=["input_ids", "attention_mask"], model_max_length=8192,
    tokenizer_class="PreTrainedTokenizerFast")
# A vocabulary of fastBPE: it lacks some pieces that merges need, and has one that ends like an unfinished piece.
FAST_TOKENS = ["the", "par@@", "cel", "parcel", "came", "C@@", "A@@", "late", "a", "b", "zz", "ref", "[X]", "caf@@", "é", "@@", "x@@",
               "t@@", "h@@", "e", "e@@", "Parc", "请@@", "问", "me"]
FAST_MERGES = ["t h", "th e</w>", "p a", "pa r", "c e", "ce l</w>", "par cel</w>", "c a", "ca f", "z z</w>", "@ @</w>", "m e</w>",
               "ca me</w>", "P a", "Pa r", "Par c</w>", "r e", "re f</w>", "[ X", "[X ]</w>", "P ar"]
PIECES = ["▁the", "▁parcel", "▁came", "▁a", "▁b", "▁late", "▁", "(", "É", "é", "A", "P", ",", "ref", "[X]", *"abcdehlmprst"]


def unigram_json(kind, vocabulary, specials):
    """A tokenizer.json as the class saves it, without a table of characters."""
    made = kind(vocab=vocabulary)
    data = json.loads(made.backend_tokenizer.to_str())
    assert {token["content"] for token in data["added_tokens"]} >= set(specials)
    return data


def fairseq(start, end):
    return [(piece, 0.0) for piece in start] + [(p, -2.0 - i) for i, p in enumerate(PIECES)] + [(piece, 0.0) for piece in end]


def characters():
    """A table of character replacements as SentencePiece writes it: full width to half, and one ligature."""
    with tempfile.TemporaryDirectory() as folder:
        rules = pathlib.Path(folder) / "rules.tsv"
        rules.write_text("FF26\t46\nFB01\t66 69\n")
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(["abc abd"] * 9), model_prefix=folder + "/m", vocab_size=9, hard_vocab_limit=False,
            normalization_rule_tsv=str(rules), minloglevel=2)
        proto = sentencepiece_model_pb2.ModelProto()
        proto.ParseFromString(pathlib.Path(folder, "m.model").read_bytes())
        return proto.normalizer_spec.precompiled_charsmap


def model_file(pieces):
    """A SentencePiece model in Base64, which the test decodes; a piece of kind 2 is unknown, 3 control, 4 user-defined."""
    proto = sentencepiece_model_pb2.ModelProto()
    for piece, score, kind in pieces:
        proto.pieces.add(piece=piece, score=score, type=kind)
    proto.trainer_spec.model_type = 1
    proto.trainer_spec.unk_id = next(i for i, piece in enumerate(pieces) if piece[2] == 2)
    proto.normalizer_spec.precompiled_charsmap = CHARACTERS
    return base64.b64encode(proto.SerializeToString()).decode("ascii")


CHARACTERS = characters()


def spm(first):
    return model_file(first + [(p, -2.0 - i, 4 if p == "(" else 1) for i, p in enumerate(PIECES)])


# The class puts [MASK] behind the vocabulary.
DEBERTA_SPECIALS = ["[PAD]", "[CLS]", "[SEP]", "[UNK]"]
MPNET_VOCABULARY = ["<s>", "<pad>", "</s>", "[UNK]", *BERT_VOCABULARY[5:], "<mask>"]
VOCABULARY, MERGES = byte_pairs()
FOLDERS = {
    "bert vocab.txt": {"vocab.txt": "\n".join(BERT_VOCABULARY) + "\n", "config.json": {"model_type": "bert"}},
    "bert tokenizer.json": {"tokenizer.json": bert_json(), "config.json": {"model_type": "bert"}},
    "roberta vocab.json": {
        "vocab.json": VOCABULARY, "merges.txt": "#version: 0.2\n" + "\n".join(MERGES) + "\n",
        "config.json": {"model_type": "roberta"}},
    "roberta tokenizer.json": {"tokenizer.json": roberta_json(), "config.json": {"model_type": "roberta"}},
    "mbart tokenizer.json": {"tokenizer.json": mbart_json(), "config.json": {"model_type": "mbart"}},
    "modernbert tokenizer.json": {
        "tokenizer.json": modernbert_json(), "tokenizer_config.json": MODERNBERT_CONFIG,
        "config.json": {"model_type": "modernbert"}},
    "fastBPE bpe.codes": {
        "vocab.txt": "".join(f"{t} {99 - i}\n" for i, t in enumerate(FAST_TOKENS)),
        "bpe.codes": "".join(f"{m} {99 - i}\n" for i, m in enumerate(FAST_MERGES)),
        "config.json": {"model_type": "roberta", "tokenizer_class": "BertweetTokenizer"}},
    "mpnet vocab.txt": {"vocab.txt": "\n".join(MPNET_VOCABULARY) + "\n", "config.json": {"model_type": "mpnet"}},
    "xlm-roberta tokenizer.json": {
        "tokenizer.json": unigram_json(transformers.XLMRobertaTokenizer, fairseq(ROBERTA_SPECIALS, ["<mask>"]), ["<mask>"]),
        "config.json": {"model_type": "xlm-roberta"}},
    "xlm-roberta model": {
        "sentencepiece.bpe.model": spm([("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3)]),
        "config.json": {"model_type": "xlm-roberta"}},
    "camembert tokenizer.json": {
        "tokenizer.json": unigram_json(transformers.CamembertTokenizer, fairseq(
            ["<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>", "<unk>NOTUSED", "<s>", "</s>"], ["<mask>"]), ["<mask>"]),
        "config.json": {"model_type": "camembert"}},
    "camembert model": {
        "sentencepiece.bpe.model": spm([("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3)]),
        "config.json": {"model_type": "camembert"}},
    "albert tokenizer.json": {
        "tokenizer.json": unigram_json(
            transformers.AlbertTokenizer, fairseq(["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"], []), ["[MASK]"]),
        "config.json": {"model_type": "albert"}},
    "albert model": {
        "spiece.model": spm([("<pad>", 0, 3), ("<unk>", 0, 2), ("[CLS]", 0, 3), ("[SEP]", 0, 3), ("[MASK]", 0, 3)]),
        "config.json": {"model_type": "albert"}},
    "deberta tokenizer.json": {
        "tokenizer.json": unigram_json(transformers.DebertaV2Tokenizer, fairseq(DEBERTA_SPECIALS, []), ["[MASK]"]),
        "config.json": {"model_type": "deberta-v2"}},
    "deberta model": {
        "spm.model": spm([("[PAD]", 0, 3), ("[CLS]", 0, 3), ("[SEP]", 0, 3), ("[UNK]", 0, 2)]),
        "config.json": {"model_type": "deberta-v2"}},
}
DEBERTA = ["deberta tokenizer.json", "deberta model"]
MODERNBERT = ["modernbert tokenizer.json"]
FAST = ["fastBPE bpe.codes"]
T5_LAYOUT = [("<pad>", 0, 3), ("</s>", 0, 3), ("<unk>", 0, 2)]
FOLDERS.update({
    "t5 model": {"spiece.model": spm(T5_LAYOUT), "config.json": {"model_type": "t5"}},
    "pegasus model": {"spiece.model": spm(T5_LAYOUT), "config.json": {"model_type": "pegasus"}},
    "mbart model": {
        "sentencepiece.bpe.model": spm([("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3)]),
        "config.json": {"model_type": "mbart"}},
    "mbart50 model": {
        "sentencepiece.bpe.model": spm([("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3)]),
        "config.json": {"model_type": "mbart", "tokenizer_class": "MBart50Tokenizer"}},
})
WRITERS = ["t5 model", "pegasus model", "mbart model", "mbart50 model"]
MPNET = ["mpnet vocab.txt"]
XLM = ["xlm-roberta tokenizer.json", "xlm-roberta model"]
CAMEMBERT = ["camembert tokenizer.json", "camembert model"]
ALBERT = ["albert tokenizer.json", "albert model"]
PIECEWISE = XLM + CAMEMBERT + ALBERT
BERT = ["bert vocab.txt", "bert tokenizer.json"]
ROBERTA = ["roberta vocab.json", "roberta tokenizer.json"]
BOTH = BERT + ROBERTA
NEXT = {"bert": len(BERT_VOCABULARY), "roberta": len(VOCABULARY)}


def token(content, **flags):
    return {"__type": "AddedToken", "content": content, "lstrip": False, "rstrip": False, "normalized": False,
            "single_word": False, **flags}


def plain(content, **flags):
    return {k: v for k, v in token(content, **flags).items() if k != "__type"}


def modernbert_cases():
    def config(name, refused=None, **keys):
        given = {key: value for key, value in {**MODERNBERT_CONFIG, **keys}.items() if value is not ...}
        return f"{name} of ModernBERT", MODERNBERT, {"tokenizer_config.json": given}, refused

    yield config("no tokenizer_class", tokenizer_class=...)
    for name in ("TokenizersBackend", "GPTNeoXTokenizerFast", "UnheardOfTokenizer"):
        yield config(f"tokenizer_class {name}", tokenizer_class=name)
    yield config("tokenizer_class BertTokenizer", "tokenizer_class BertTokenizer", tokenizer_class="BertTokenizer")
    yield config("keys of other classes", do_lower_case=True, add_prefix_space=True, strip_accents=True)
    yield config("token types", model_input_names=["input_ids", "token_type_ids", "attention_mask"])
    yield config("pad_token", pad_token="[X]")
    yield config("extra_special_tokens", extra_special_tokens=["<x>", "the"])


def fast_cases():
    ids = usual_size(FAST[0])

    def config(name, refused=None, **keys):
        return f"{name} of fastBPE", FAST, {"tokenizer_config.json": keys}, refused

    for name in ("BertweetTokenizer", "PhobertTokenizer"):
        yield config(f"tokenizer_class {name}", tokenizer_class=name, do_lower_case=True, add_prefix_space=True)
    yield config("normalization false", normalization=False)
    yield config("normalization true", "normalization is true", normalization=True)
    yield config("token types", model_input_names=["input_ids", "token_type_ids", "attention_mask"])
    for role in ("bos", "eos", "unk", "sep", "pad", "cls", "mask"):
        yield config(f"{role}_token", **{role + "_token": "<x>"})
        yield config(f"{role}_token of the vocabulary", **{role + "_token": "ref"})
        yield config(f"{role}_token as an object", **{role + "_token": token("<x>", lstrip=True, rstrip=True)})
    yield config("mask_token null", mask_token=None)
    for key in ("extra_special_tokens", "additional_special_tokens"):
        yield config(key, **{key: ["<x>", "late"]})
    yield config("extra_special_tokens in words", "is an added token and also a part of words", extra_special_tokens=["th"])
    yield config("added_tokens_decoder", added_tokens_decoder={
        str(ids - 1): plain("<mask>", special=True, lstrip=True), str(ids): plain("<x>", special=True, rstrip=True),
        str(ids + 1): plain("lling", special=False, normalized=True)})
    yield config("added_tokens_decoder before the mask", added_tokens_decoder={str(ids - 1): plain("<x>", special=True)})
    yield config("added_tokens_decoder with a gap", "added_tokens_decoder", added_tokens_decoder={
        str(ids): plain("<x>", special=True)})
    yield config("added_tokens_decoder with single_word", "single_word", added_tokens_decoder={
        str(ids - 1): plain("<x>", special=True, single_word=True)})
    yield "added_tokens.json of fastBPE", FAST, {"added_tokens.json": {"<mask>": ids - 1, "<x>": ids, "lling": ids + 1}}, None
    yield "special_tokens_map.json of fastBPE", FAST, {"special_tokens_map.json": {
        "mask_token": plain("<mask>", lstrip=True), "sep_token": "</s>"}}, None
    yield "tokenizer.json beside fastBPE", FAST, {"tokenizer.json": {**roberta_json(), "added_tokens": []}}, None
    repeated = FAST_TOKENS[:9] + ["the"] + FAST_TOKENS[9:]
    yield "a repeated token of fastBPE", FAST, {"vocab.txt": "".join(f"{t} 9\n" for t in repeated)}, None
    yield "a repeated merge of fastBPE", FAST, {
        "bpe.codes": "#version: 0.2\n" + "".join(f"{m} 9\n" for m in [*FAST_MERGES, "c a", "t h"]) + "a b 1"}, None
    yield "merges of fastBPE without counts", FAST, {"bpe.codes": "t h\n"}, "is not two tokens and a count"
    yield "tokens of fastBPE without counts", FAST, {"vocab.txt": "the 3\nparcel\n"}, "is not a token and its count"


def cases():
    """Yields name, folders, files beside the vocabulary, and, if this library refuses them, a word of the message."""
    def config(name, folders, refused=None, **keys):
        return name, folders, {"tokenizer_config.json": keys}, refused

    for lower in (True, False):
        for accents in (True, False, None):
            yield config(f"do_lower_case {lower}, strip_accents {accents}", BERT, do_lower_case=lower, strip_accents=accents)
    yield config("tokenize_chinese_chars", BERT, tokenize_chinese_chars=False)
    yield config("add_prefix_space", BOTH, add_prefix_space=True)
    for name in ("BertTokenizer", "BertTokenizerFast", "DistilBertTokenizerFast", "ElectraTokenizerFast"):
        yield config(f"tokenizer_class {name}", BERT, tokenizer_class=name, do_lower_case=False)
    for name in ("RobertaTokenizerFast", "BartTokenizer"):
        yield config(f"tokenizer_class {name}", ROBERTA, tokenizer_class=name, add_prefix_space=True)
    for name in ("PreTrainedTokenizerFast", "TokenizersBackend", "UnheardOfTokenizer"):
        yield config(f"tokenizer_class {name}", [BERT[1], ROBERTA[1]], tokenizer_class=name, do_lower_case=False,
                     add_prefix_space=True)
    yield config("tokenizer_class of another kind", [BERT[0]], "tokenizer_class", tokenizer_class="BertJapaneseTokenizer")
    yield config("tokenizer_class of another kind", [BERT[1]], "tokenizer_class", tokenizer_class="RobertaTokenizer")
    yield config("tokenizer_class of another kind", [ROBERTA[1]], "tokenizer_class", tokenizer_class="BertTokenizer")
    yield "tokenizer_class of config.json", [BERT[1]], {
        "config.json": {"model_type": "bert", "tokenizer_class": "PreTrainedTokenizerFast"}}, None
    words = bert_json()
    words["model"] = {"type": "WordLevel", "vocab": words["model"]["vocab"], "unk_token": "[UNK]"}
    yield "tokenizer_class BertTokenizer with whole words", [BERT[1]], {
        "tokenizer.json": words, "tokenizer_config.json": {"tokenizer_class": "BertTokenizer"}}, None
    yield "a tokenizer.json that minds capitals, alone", [BERT[1]], {"tokenizer.json": bert_json(False)}, None
    yield "a tokenizer.json that minds capitals, as it is", [BERT[1]], {
        "tokenizer.json": bert_json(False), "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast"}}, None
    for names in (["input_ids", "attention_mask"], ["input_ids", "token_type_ids", "attention_mask"]):
        yield config(f"model_input_names {len(names)}", BERT, model_input_names=names)
        yield config(f"model_input_names {len(names)}, as it is", [BERT[1]], model_input_names=names,
                     tokenizer_class="PreTrainedTokenizerFast")
    for role in ("bos", "eos", "unk", "sep", "pad", "cls", "mask"):
        key = role + "_token"
        yield config(f"{key} of the vocabulary", BOTH, **{key: "[X]"})
        # Byte pairs need no unknown token, so any token may have that name.
        if role == "unk":
            yield config(f"{key} beside the vocabulary", BERT, "unk_token", **{key: "<x>"})
        else:
            yield config(f"{key} beside the vocabulary", BOTH, **{key: "<x>"})
            yield config(f"{key} as an object", BOTH, **{key: token("<x>", lstrip=True, rstrip=True)})
        yield config(f"{key}, as it is", [BERT[1], ROBERTA[1]], tokenizer_class="PreTrainedTokenizerFast", **{key: "<x>"})
        yield f"{key} of special_tokens_map.json", BOTH, {"special_tokens_map.json": {key: "ref"}}, None
    yield config("mask_token null", BERT, mask_token=None)
    yield "special_tokens_map.json over tokenizer_config.json", BOTH, {
        "special_tokens_map.json": {"mask_token": plain("<x>", lstrip=True)},
        "tokenizer_config.json": {"mask_token": "ref"}}, None
    yield "added_tokens_decoder over special_tokens_map.json and added_tokens.json", BERT, {
        "special_tokens_map.json": {"mask_token": "ref"}, "added_tokens.json": {"<y>": NEXT["bert"]},
        "tokenizer_config.json": {"added_tokens_decoder": {str(NEXT["bert"]): plain("<x>", rstrip=True, special=True)}}}, None
    for key in ("extra_special_tokens", "additional_special_tokens"):
        yield config(key, BOTH, **{key: ["<x>", "the"]})
        yield config(f"{key} as objects", BOTH, **{key: [token("<x>", lstrip=True), token("<y>", single_word=True)]})
        yield f"{key} of special_tokens_map.json", BOTH, {
            "special_tokens_map.json": {key: ["<y>"]}, "tokenizer_config.json": {key: ["<x>"]}}, None
    yield config("extra_special_tokens by name", BOTH, extra_special_tokens={"image_token": "<x>"})
    yield config("a token of its own name", BOTH, image_token="<x>")
    for flags in (dict(special=True), dict(special=False), dict(special=False, normalized=True),
                  dict(special=True, lstrip=True), dict(special=True, rstrip=True), dict(special=False, single_word=True)):
        for folder in BOTH:
            ids = NEXT[folder.split()[0]]
            name = "added_tokens_decoder " + " ".join(f"{k} {v}" for k, v in flags.items())
            yield config(name, [folder], added_tokens_decoder={
                str(ids): plain("<x>", **flags), str(ids + 1): plain("Parc", **flags)})
    yield config("added_tokens_decoder, other flags as it is", [BERT[1]], tokenizer_class="PreTrainedTokenizerFast",
                 added_tokens_decoder={"4": plain("[MASK]", special=True, lstrip=True, rstrip=True)})
    yield config("added_tokens_decoder of the vocabulary", BERT, added_tokens_decoder={
        str(BERT_VOCABULARY.index("ref")): plain("ref", special=False, lstrip=True)})
    yield config("added_tokens_decoder with an id of another token", BERT, "added_tokens_decoder",
                 added_tokens_decoder={"0": plain("<x>", special=True)})
    yield config("added_tokens_decoder with a gap", BERT, "added_tokens_decoder",
                 added_tokens_decoder={"500": plain("<x>", special=True)})
    for folder in BOTH:
        ids = NEXT[folder.split()[0]]
        yield "added_tokens.json", [folder], {"added_tokens.json": {"<x>": ids, "Parc": ids + 1}}, None
        yield "added_tokens.json in another order", [folder], {"added_tokens.json": {"Parc": ids + 1, "<x>": ids}}, None
        yield "added_tokens.json with a special token", [folder], {
            "added_tokens.json": {"<x>": ids}, "tokenizer_config.json": {"mask_token": "<x>"}}, None
        yield "added_tokens.json with a gap", [folder], {"added_tokens.json": {"<x>": ids + 7}}, "added_tokens.json"
    yield "added_tokens.json, as it is", [BERT[1]], {
        "added_tokens.json": {"<x>": NEXT["bert"]},
        "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast"}}, None
    more = bert_json()
    more["added_tokens"] += [added(NEXT["bert"], "<x>", lstrip=True), added(NEXT["bert"] + 1, "Parc", special=False)]
    yield "added tokens of tokenizer.json", [BERT[1]], {"tokenizer.json": more}, None
    yield "added tokens of tokenizer.json, as it is", [BERT[1]], {
        "tokenizer.json": more, "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast"}}, None
    yield "added tokens of tokenizer.json under added_tokens_decoder", [BERT[1]], {
        "tokenizer.json": more, "tokenizer_config.json": {"added_tokens_decoder": {
            str(NEXT["bert"]): plain("<y>", special=True)}}}, None
    for language in ("en_XX", "ro_RO"):
        yield config(f"src_lang {language}", ["mbart tokenizer.json"], src_lang=language, tgt_lang="de_DE")
    for lower in (True, False):
        yield config(f"do_lower_case {lower} of pieces", MPNET + ALBERT, do_lower_case=lower)
        yield config(f"keep_accents {lower}", ALBERT, keep_accents=lower)
        yield config(f"add_prefix_space {lower} of pieces", PIECEWISE, add_prefix_space=lower)
    yield config("strip_accents of MPNet", MPNET, strip_accents=False)
    yield config("tokenize_chinese_chars of MPNet", MPNET, tokenize_chinese_chars=False)
    for name, folders in (("MPNetTokenizer", MPNET), ("XLMRobertaTokenizer", XLM), ("CamembertTokenizer", CAMEMBERT),
                          ("AlbertTokenizer", ALBERT)):
        for each in (name, name + "Fast"):
            yield f"tokenizer_class {each}", folders, {
                "tokenizer_config.json": {"tokenizer_class": each}, "config.json": {"model_type": "bert"}}, None
    yield config("tokenizer_class as it is", [XLM[0], CAMEMBERT[0], ALBERT[0]], tokenizer_class="PreTrainedTokenizerFast")
    for folders, name in ((XLM, "BertTokenizer"), (CAMEMBERT, "RobertaTokenizer"), (ALBERT, "MPNetTokenizer"),
                          (MPNET, "AlbertTokenizer"), (BERT, "XLMRobertaTokenizer"), (ROBERTA, "CamembertTokenizer")):
        yield config(f"tokenizer_class {name} of another vocabulary", folders, "tokenizer_class " + name, tokenizer_class=name)
    for name in ("BertJapaneseTokenizer", "BertweetTokenizer", "PhobertTokenizer", "CanineTokenizer"):
        yield config(f"tokenizer_class {name}", [f for f in FOLDERS if f not in DEBERTA + MODERNBERT + FAST], "tokenizer_class " + name,
                     tokenizer_class=name)
    yield from modernbert_cases()
    yield from fast_cases()
    yield "the model's class without its file", [BERT[0], ROBERTA[0]], {"config.json": {"model_type": "camembert"}}, (
        "sentencepiece.bpe.model")
    for names in (["input_ids", "attention_mask"], ["input_ids", "token_type_ids", "attention_mask"]):
        yield config(f"model_input_names {len(names)} of pieces", PIECEWISE + MPNET, model_input_names=names)
    for role in ("bos", "eos", "sep", "pad", "cls", "mask"):
        key = role + "_token"
        yield config(f"{key} of the vocabulary, of pieces", PIECEWISE + MPNET, **{key: "[X]"})
        yield config(f"{key} as an object, of pieces", PIECEWISE + MPNET, **{key: token("[X]", lstrip=True, rstrip=True)})
    for key in ("extra_special_tokens", "additional_special_tokens"):
        yield config(f"{key} of pieces", XLM + ALBERT + MPNET, **{key: ["<x>", "ref"]})
    for folder in PIECEWISE + MPNET:
        ids = usual_size(folder)
        yield f"added_tokens.json of {folder}", [folder], {"added_tokens.json": {"<x>": ids, "Parc": ids + 1}}, None
        yield config(f"added_tokens_decoder of {folder}", [folder], added_tokens_decoder={
            str(ids): plain("<x>", special=True), str(ids + 1): plain("Parc", special=False, normalized=True)})
    yield from cases_of_deberta(config)
    yield config("extra_ids", ["t5 model"], extra_ids=3)
    yield config("extra_ids 0", ["t5 model"], extra_ids=0)
    yield config("extra_ids beside named ones", ["t5 model"], extra_ids=3, additional_special_tokens=["<extra_id_1>", "[X]"])
    yield config("offset", ["pegasus model"], offset=7)
    yield config("mask_token_sent", ["pegasus model"], mask_token="<mask_2>", mask_token_sent="<mask_1>")
    yield config("mask_token_sent null", ["pegasus model"], mask_token="<mask_2>", mask_token_sent=None)
    yield config("mask_token null of Pegasus", ["pegasus model"], mask_token=None, mask_token_sent="<mask_2>")
    for language in ("en_XX", "ro_RO"):
        yield config(f"src_lang {language} of pieces", ["mbart model", "mbart50 model"], src_lang=language, tgt_lang="de_DE")
    yield config("src_lang of no language", ["mbart model", "mbart50 model"], "src_lang is xx_XX", src_lang="xx_XX")
    for key in ("extra_special_tokens", "additional_special_tokens"):
        yield config(f"{key} of writers", WRITERS, **{key: ["[X]"]})
    for role in ("eos", "pad"):
        yield config(f"{role}_token of the vocabulary, of T5", ["t5 model"], **{role + "_token": "[X]"})
    for name, folder in (("T5Tokenizer", "t5 model"), ("T5TokenizerFast", "t5 model"), ("PegasusTokenizerFast", "pegasus model"),
                         ("MBartTokenizerFast", "mbart model")):
        yield f"tokenizer_class {name}", [folder], {
            "tokenizer_config.json": {"tokenizer_class": name}, "config.json": {"model_type": "bert"}}, None
    yield config("no effect on writers", WRITERS, legacy=False, add_prefix_space=False, sp_model_kwargs={"a": 1},
                 do_lower_case=True, keep_accents=False)
    yield config("MarianTokenizer", ["mbart model"], "MarianTokenizer is not supported", tokenizer_class="MarianTokenizer")
    # Keys that change nothing, despite their names.
    yield config("no effect", BOTH, never_split=["Parcel", "[X]"], do_basic_tokenize=False, model_max_length=4, max_length=4,
                 clean_up_tokenization_spaces=True, trim_offsets=False, add_bos_token=True, add_eos_token=True,
                 pad_token_type_id=3, lowercase=False, errors="strict", wordpieces_prefix="@@",
                 name_or_path="x", special_tokens_map_file="x.json", padding_side="right", truncation_side="right")
    for key, value in (("padding_side", "left"), ("truncation_side", "left"), ("split_special_tokens", True),
                       ("vocab", {"a": 0}), ("merges", ["a b"]), ("init_inputs", [{"a": 0}])):
        yield config(key, BOTH, key, **{key: value})


def cases_of_deberta(config):
    for value in (True, False):
        for key in ("do_lower_case", "split_by_punct", "add_prefix_space", "keep_accents"):
            yield config(f"{key} {value} of DeBERTa", DEBERTA, **{key: value})
    yield config("all switches of DeBERTa", DEBERTA, do_lower_case=True, split_by_punct=True, add_prefix_space=False)
    for each in ("DebertaV2Tokenizer", "DebertaV2TokenizerFast"):
        yield f"tokenizer_class {each}", DEBERTA, {
            "tokenizer_config.json": {"tokenizer_class": each}, "config.json": {"model_type": "bert"}}, None
    yield config("tokenizer_class as it is, of DeBERTa", DEBERTA[:1], tokenizer_class="PreTrainedTokenizerFast")
    yield config("tokenizer_class of BERT, of DeBERTa", DEBERTA, "tokenizer_class BertTokenizer", tokenizer_class="BertTokenizer")
    yield "the class of DeBERTa without its file", [BERT[0]], {"config.json": {"model_type": "deberta-v2"}}, "spm.model"
    for names in (["input_ids", "attention_mask"], ["input_ids", "token_type_ids", "attention_mask"]):
        yield config(f"model_input_names {len(names)} of DeBERTa", DEBERTA, model_input_names=names)
    for role in ("bos", "eos", "unk", "sep", "pad", "cls", "mask"):
        key = role + "_token"
        yield config(f"{key} of the vocabulary, of DeBERTa", DEBERTA, **{key: "[X]"})
        yield config(f"{key} as an object, of DeBERTa", DEBERTA, **{key: token("[X]", lstrip=True, rstrip=True)})
    yield config("mask_token null of DeBERTa", DEBERTA, mask_token=None)
    yield config("unk_id of DeBERTa", DEBERTA, unk_id=7)
    yield config("unk_id and unk_token of DeBERTa", DEBERTA, unk_id=7, unk_token="[X]")
    yield config("unk_id that is none", DEBERTA[:1], "unk_id", unk_id="x")
    for key in ("extra_special_tokens", "additional_special_tokens"):
        yield config(f"{key} of DeBERTa", DEBERTA, **{key: ["<x>", "ref"]})
    for folder in DEBERTA:
        ids = usual_size(folder)
        yield f"added_tokens.json of {folder}", [folder], {"added_tokens.json": {"[MASK]": ids - 1, "<x>": ids}}, None
        yield config(f"added_tokens_decoder of {folder}", [folder], added_tokens_decoder={
            str(ids - 1): plain("[MASK]", special=True), str(ids): plain("Parc", special=False, normalized=True)})


def folder_of(files):
    folder = pathlib.Path(tempfile.mkdtemp())
    for name, content in files.items():
        if name.endswith(".model"):
            (folder / name).write_bytes(base64.b64decode(content))
        else:
            (folder / name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return folder


def usual_size(folder):
    return len(AutoTokenizer.from_pretrained(folder_of(FOLDERS[folder])))


def rows(files):
    """Returns the ids of every text, how many ids at its end have type 1, and the id of the padding token."""
    cut = AutoTokenizer.from_pretrained(folder_of(files))
    made = []
    for text, pair in TEXTS:
        encoding = cut(text, pair)
        ids = encoding["input_ids"]
        types = encoding.get("token_type_ids", [0] * len(ids))
        assert types == sorted(types)
        made.append(" ".join(map(str, ids)) + (f" / {sum(types)}" if any(types) else ""))
    return made, cut.pad_token_id


def main():
    transformers.logging.set_verbosity_error()
    usual = {name: rows(files) for name, files in FOLDERS.items()}
    made = []
    for name, folders, files, refused in cases():
        for folder in folders:
            case = {"name": name, "folders": [folder], "files": files}
            if refused:
                case["refused"] = refused
            else:
                found, pad = rows({**FOLDERS[folder], **files})
                # Only results that differ from those without these files.
                case["rows"] = {i: row for i, (row, other) in enumerate(zip(found, usual[folder][0])) if row != other}
                if pad is not None and pad != usual[folder][1]:
                    case["pad"] = pad
            # One entry for all folders with the same results.
            same = next((other for other in made if {**other, "folders": 0} == {**case, "folders": 0}), None)
            if same:
                same["folders"].append(folder)
            else:
                made.append(case)
    out = {
        "made_with": f"transformers {transformers.__version__}, tokenizers {tokenizers.__version__}",
        "texts": TEXTS,
        "folders": [{"name": name, "files": files, "rows": usual[name][0], "pad": usual[name][1]}
                    for name, files in FOLDERS.items()],
        "cases": made,
    }
    # One entry a line: readable, with small diffs.
    lines = []
    for key, value in out.items():
        if isinstance(value, list):
            entries = ",\n".join(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in value)
            lines.append(f"{json.dumps(key)}: [\n{entries}\n]")
        else:
            lines.append(f"{json.dumps(key)}: {json.dumps(value)}")
    pathlib.Path(sys.argv[1]).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
