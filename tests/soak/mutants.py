#!/usr/bin/env python3
"""Reads damaged copies of PDFs, and holds that each costs at most its limits and leaves exactly one line.

    tests/soak/mutants.py JIXIAO [--count N] [--seed N] [--from DIR ...] [--keep DIR] [-j N]

Copies of the PDFs under samples/ (and under each DIR) are damaged: bits flipped, bytes removed, cut off, copied or taken from another
file; of every second copy the streams are inflated first, so that fonts and page contents are damaged and not only what packs them.
All are read by one run. It must end by itself with 0 or 1; the ledger has a line for each file in order, as many forms as it says, and
no CRASH or INTERNAL. Of the copies of PDFs that have forms at most one in 200 may be a document without a form of which nothing is said. Needs Python's standard library.
"""
import argparse
import collections
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.S)


def opened(pdf):
    """The same PDF with its deflated streams inflated, where that can be done; lengths are those of before, as in many a real file."""
    def inflate(match):
        try:
            return b"stream\n" + zlib.decompress(match[1]) + b"\nendstream"
        except zlib.error:
            return match[0]
    pdf = STREAM.sub(inflate, pdf)
    return re.sub(rb"/Filter\s*/FlateDecode", b"", pdf).replace(b"/FlateDecode", b"")


def mutant(one, other, numbers):
    data = bytearray(one)
    for _ in range(numbers.choice((1, 1, 2, 4, 16, 64))):
        at = numbers.randrange(max(len(data), 1))
        length = numbers.choice((1, 2, 8, 64, 512))
        kind = numbers.randrange(7)
        if kind < 2 and at < len(data):
            data[at] ^= 1 << numbers.randrange(8)
        elif kind == 2:
            data[at:at + length] = bytes([numbers.randrange(256)]) * len(data[at:at + length])
        elif kind == 3:
            del data[at:at + length]
        elif kind == 4:
            to = numbers.randrange(len(data) + 1)
            data[to:to] = data[at:at + length]
        elif kind == 5:
            from_ = numbers.randrange(max(len(other), 1))
            data[at:at + length] = other[from_:from_ + length]
        else:
            # A number in the file becomes another: lengths, references, dimensions.
            found = re.compile(rb"\d+").search(data, at)
            if found:
                data[found.start():found.end()] = numbers.choice((b"0", b"-1", b"65536", b"4294967295", b"99999999999999999999", b"7"))
        if numbers.randrange(40) == 0:
            del data[at:]
    return bytes(data)


def read(jixiao, paths, out, jobs):
    """The exit code, and the paths of the files that have forms."""
    command = [jixiao, "extract", *map(str, paths), "-o", str(out), "--force", "--quiet", "--no-timing", "--ocr", "never",
               "-j", str(jobs)]
    code = subprocess.run(command, stdin=subprocess.DEVNULL).returncode
    lines = [json.loads(line) for line in (out / "documents.jsonl").open(encoding="utf-8")]
    return code, [line["path"] for line in lines if line["forms"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jixiao")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", dest="folders", action="append", default=[], metavar="DIR")
    parser.add_argument("--keep", help="an empty folder, or one that is made, for the files and what was read")
    parser.add_argument("-j", type=int, default=2)
    args = parser.parse_args()
    paths = sorted(path for folder in [ROOT / "samples", *map(pathlib.Path, args.folders)] for path in folder.rglob("*.pdf"))
    # Pictures are read by models, which take seconds a page; the parsers of pictures have their own tests.
    paths = [path for path in paths if path.stat().st_size < 300_000]
    whole = {path: path.read_bytes() for path in paths}
    numbers = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(args.keep or name)
        (folder / "in").mkdir(parents=True, exist_ok=True)
        with_forms = set(read(args.jixiao, paths, folder / "whole", args.j)[1])
        sources = []
        for n in range(args.count):
            path = numbers.choice(paths)
            sources.append(str(path))
            one = opened(whole[path]) if n % 2 else whole[path]
            (folder / "in" / ("%05d.pdf" % n)).write_bytes(mutant(one, whole[numbers.choice(paths)], numbers))
        began = time.monotonic()
        code, _ = read(args.jixiao, [folder / "in"], folder / "out", args.j)
        seconds = time.monotonic() - began
        lines = [json.loads(line) for line in (folder / "out" / "documents.jsonl").open(encoding="utf-8")]
        forms = [json.loads(line) for line in (folder / "out" / "forms.jsonl").open(encoding="utf-8")]
        said = []
        if code not in (0, 1):
            said.append("exit code %d" % code)
        names = [pathlib.PurePosixPath(line["path"]).name for line in lines]
        if names != ["%05d.pdf" % n for n in range(args.count)]:
            said.append("the ledger has not one line for each file, in order")
        if sum(line["forms"] for line in lines) != len(forms):
            said.append("there are not as many forms as the ledger says")
        codes = collections.Counter(finding["code"] for line in lines for finding in line["diagnostics"])
        for line in lines:
            for finding in line["diagnostics"]:
                if finding["code"] in ("CRASH", "INTERNAL", "TIMEOUT", "LIMIT_MEMORY"):
                    text = "%s: %s %s" % (line["path"], finding["code"], finding["message"])
                    # What is stopped at a limit is as it should be, and worth a look.
                    (said if finding["code"] in ("CRASH", "INTERNAL") else [print(text)]).append(text)
        silent = [line["path"] for line, source in zip(lines, sources)
                  if source in with_forms and line["status"] == "no_form" and not line["diagnostics"]]
        if len(silent) * 200 > args.count:
            said.append("%d without a form and without a word: %s" % (len(silent), " ".join(silent[:5])))
        statuses = collections.Counter(line["status"] for line in lines)
        print("%d mutants of %d PDFs in %.0f s, %d forms, %d silent; %s; %s" % (
            args.count, len(paths), seconds, len(forms), len(silent), dict(statuses), dict(codes.most_common(12))))
        for text in said:
            print("WRONG: " + text)
        sys.exit(bool(said))


main()
