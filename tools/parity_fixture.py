"""Writes core/src/test/resources/org/unipelt/golden/: the fixtures of GoldenParityTest, packed from a folder with
the files FAMILY/METHOD/{meta.json,model.safetensors,inputs.safetensors,expected.safetensors}.

    python tools/parity_fixture.py GOLDEN_FOLDER core/src/test/resources/org/unipelt/golden

It needs only Python's standard library. The same files give the same bytes (with the same version of zlib).

A family becomes one zip of two entries. `index.json` has, for each method, the text of meta.json and, for each of the three
other files, its header unchanged and the numbers of its tensors in `words`, in the order of the data. `words` has every
different tensor of the family once. It has little-endian words of four bytes: first the first byte of all words, then the
second of all, and so on. So signs and exponents are side by side and compress well, unlike the other bits of a random number.
Unpacking gives every file to the byte, which this program checks.
"""

import io
import json
import pathlib
import struct
import sys
import zipfile

FILES = ["model", "inputs", "expected"]
WORD = 4


def read(file):
    """Returns the header's text, and the tensors' bytes in the order of the data."""
    content = file.read_bytes()
    size, = struct.unpack("<Q", content[:8])
    header, data = content[8:8 + size], content[8 + size:]
    entries = [entry["data_offsets"] for name, entry in json.loads(header).items() if name != "__metadata__"]
    tensors = [data[begin:end] for begin, end in sorted(entries)]
    if b"".join(tensors) != data or any(len(tensor) % WORD for tensor in tensors):
        sys.exit(f"{file}: tensors overlap, leave gaps, or are not of whole words")
    return header.decode("utf-8"), tensors


def pack(family):
    index, distinct = {}, {}
    for method in sorted(folder for folder in family.iterdir() if folder.is_dir()):
        entry = index[method.name] = {"meta": (method / "meta.json").read_text(encoding="utf-8")}
        for name in FILES:
            header, tensors = read(method / f"{name}.safetensors")
            entry[name] = {"header": header, "tensors": [distinct.setdefault(one, len(distinct)) for one in tensors]}
    words = b"".join(distinct)
    packed = {
        "index.json": json.dumps({"sizes": [len(one) for one in distinct], "methods": index}, separators=(",", ":")).encode(),
        "words": b"".join(words[plane::WORD] for plane in range(WORD)),
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as out:
        for name, content in packed.items():
            # Without a date, a ZipInfo has the year 1980.
            out.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, compresslevel=9)
    return archive.getvalue()


def unpack(archive):
    """Returns the bytes of every file, by its path below the family's folder."""
    with zipfile.ZipFile(io.BytesIO(archive)) as entries:
        index, planes = json.loads(entries.read("index.json")), entries.read("words")
    words = bytearray(len(planes))
    for plane in range(WORD):
        count = len(planes) // WORD
        words[plane::WORD] = planes[plane * count:(plane + 1) * count]
    distinct, begin = [], 0
    for size in index["sizes"]:
        distinct.append(bytes(words[begin:begin + size]))
        begin += size
    files = {}
    for method, entry in index["methods"].items():
        files[f"{method}/meta.json"] = entry["meta"].encode("utf-8")
        for name in FILES:
            header = entry[name]["header"].encode("utf-8")
            files[f"{method}/{name}.safetensors"] = (
                struct.pack("<Q", len(header)) + header + b"".join(distinct[one] for one in entry[name]["tensors"]))
    return files


def main():
    golden, out = map(pathlib.Path, sys.argv[1:])
    families = sorted({meta.parent.parent for meta in golden.glob("*/*/meta.json")})
    for family in families:
        archive = pack(family)
        files = unpack(archive)
        originals = {file.relative_to(family).as_posix(): file.read_bytes() for file in family.rglob("*") if file.is_file()}
        if files != originals:
            sys.exit(f"{family}: not every file comes back as it was: {sorted(files.items() ^ originals.items())[0][0]}")
        (out / f"{family.name}.zip").write_bytes(archive)
        print(f"{family.name}: {len(files) // 4} fixtures, {len(archive):,} of {sum(map(len, files.values())):,} bytes")


main()
