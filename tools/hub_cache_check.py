#!/usr/bin/env python3
"""Checks that unipelt and Python's huggingface_hub read each other's cache of the hub without a network.

    python -m pip install huggingface_hub
    python tools/hub_cache_check.py

A server on the loopback interface plays the hub. Each side downloads a tiny model into a cache of its own; then the other
side opens it with HF_HUB_OFFLINE=1. Each line of the output is a check; the script ends with 1 if one fails.
"""
import hashlib
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODEL = ROOT / "core/src/test/resources/org/unipelt/checkpoints/bert-classifier"
NAME = "some-org/tiny-bert"
COMMIT = "0123456789abcdef0123456789abcdef01234567"

requests = []


class Hub(http.server.BaseHTTPRequestHandler):
    """Answers /NAME/resolve/REVISION/FILE and the listings that snapshot_download asks for."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        requests.append(f"{self.command} {self.path}")

    def answer(self, status, content=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def do_GET(self):
        path = self.path.split("?")[0]
        if path.startswith(f"/api/models/{NAME}/tree/"):
            files = [{"type": "file", "path": each.name, **described(each)} for each in sorted(MODEL.iterdir())]
            self.answer(200, json.dumps(files).encode(), Content_Type="application/json")
        elif path.startswith(f"/api/models/{NAME}"):
            siblings = [{"rfilename": each.name} for each in sorted(MODEL.iterdir())]
            info = {"id": NAME, "modelId": NAME, "sha": COMMIT, "siblings": siblings, "tags": [], "downloads": 0}
            self.answer(200, json.dumps(info).encode(), Content_Type="application/json")
        elif path.startswith(f"/{NAME}/resolve/"):
            file = MODEL / path.split("/resolve/")[1].split("/", 1)[1]
            if file.is_file():
                found = described(file)
                etag = found["lfs"]["oid"] if "lfs" in found else found["oid"]
                self.answer(200, file.read_bytes(), X_Repo_Commit=COMMIT, ETag=f'"{etag}"')
            else:
                self.answer(404, X_Repo_Commit=COMMIT, X_Error_Code="EntryNotFound")
        else:
            self.answer(404, X_Error_Code="RepoNotFound")

    do_HEAD = do_GET


def described(file):
    content = file.read_bytes()
    oid = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    found = {"oid": oid, "size": len(content)}
    if file.suffix == ".safetensors":
        found["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
    return found


def environment(cache, **more):
    return {**os.environ, "HF_HOME": str(cache), "HF_HUB_DISABLE_XET": "1", **more}


def unipelt(*words, **variables):
    done = subprocess.run([ROOT / "unipelt", *words], env=variables, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def python(code, **variables):
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


failures = 0


def check(what, good, told=""):
    global failures
    failures += not good
    print(("ok    " if good else "WRONG ") + what + ("" if good else f"\n{told}"))


def links(cache):
    """Every file of the cache but locks and marks of programs, with a link's target or a content's hash."""
    here = Path(cache) / "hub" / "models--some-org--tiny-bert"
    return {
        str(each.relative_to(here)): os.readlink(each) if each.is_symlink() else hashlib.md5(each.read_bytes()).hexdigest()
        for each in sorted(here.rglob("*"))
        if (each.is_symlink() or each.is_file()) and each.relative_to(here).parts[0] in ("blobs", "refs", "snapshots")
    }


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    import huggingface_hub

    print("huggingface_hub", huggingface_hub.__version__)
    with tempfile.TemporaryDirectory() as work:
        ours, whole, single = (Path(work) / name for name in ("ours", "whole", "single"))

        code, out, err = unipelt("models", "fetch", NAME, **environment(ours, HF_ENDPOINT=endpoint))
        check("unipelt downloads", code == 0, out + err)
        names = sorted(path.name for path in (ours / "hub/models--some-org--tiny-bert/snapshots" / COMMIT).iterdir())
        offline = environment(ours, HF_HUB_OFFLINE="1")
        code, out, err = python(
            f"""
from huggingface_hub import hf_hub_download, scan_cache_dir, snapshot_download, try_to_load_from_cache
from huggingface_hub import _CACHED_NO_EXIST
for name in {names!r}:
    print(hf_hub_download({NAME!r}, name))
print(snapshot_download({NAME!r}))
assert try_to_load_from_cache({NAME!r}, "modules.json") is _CACHED_NO_EXIST
cache = scan_cache_dir()
assert not cache.warnings, cache.warnings
[repository] = cache.repos
[revision] = repository.revisions
assert revision.refs == {{"main"}}, revision
assert sorted(file.file_name for file in revision.files) == {names!r}, revision.files
""",
            **offline,
        )
        check(f"Python reads it offline: {', '.join(names)}; what is absent is known; its scan has no warnings", code == 0, err)

        python_online = environment(whole, HF_ENDPOINT=endpoint)
        code, out, err = python(f"import huggingface_hub as h; print(h.snapshot_download({NAME!r}))", **python_online)
        check("Python downloads a snapshot", code == 0, err)
        before = len(requests)
        code, out, err = unipelt("methods", "--model", NAME, "--method", "lora", **environment(whole, HF_HUB_OFFLINE="1"))
        check("unipelt opens it offline", code == 0 and NAME in out, out + err)
        code, out, err = unipelt("methods", "--model", NAME, "--method", "lora", **python_online)
        print(f"      online it made {len(requests) - before} requests")
        check("... and online, without downloading anything", code == 0 and "fetch" not in err, out + err)

        get = "import huggingface_hub as h\n" + "".join(
            f"h.hf_hub_download({NAME!r}, {name!r})\n" for name in names)
        code, out, err = python(get, **environment(single, HF_ENDPOINT=endpoint))
        check("Python downloads file by file", code == 0, err)
        check("the caches are the same: contents, links, references", links(ours) == links(single), f"{links(ours)}\n{links(single)}")
        code, out, err = unipelt("methods", "--model", NAME, "--method", "lora", **environment(single, HF_HUB_OFFLINE="1"))
        check("unipelt opens it offline", code == 0 and NAME in out, out + err)
        print("      " + err.strip())
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
