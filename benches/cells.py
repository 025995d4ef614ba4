#!/usr/bin/env python3
"""How exactly the cells of page pictures are read, and at what cost: jixiao, and RapidOCR beside it where it is installed.

    benches/cells.py JIXIAO FOLDER [--engine rten|ort] [--rapidocr]

FOLDER has pictures and manifest.jsonl, a line a picture: {"file", "variant", "cells": [{"text", "poly"}]}, poly in
pixels. A cell is exact where all that was read with its middle in the cell, line by line, is its text; widths, blanks
and dashes do not count, since a picture does not tell them. CPU seconds are of one run over one picture each, with the
models loaded: of jixiao, what reading an empty picture costs just before is taken off.
Needs Python's standard library; RapidOCR (`pip install rapidocr onnxruntime`) is read with its small v6 models.
"""
import argparse
import json
import multiprocessing
import os
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
import unicodedata
import zlib

SYMBOLS = set("≥≤=%<>")


def plain(text):
    text = unicodedata.normalize("NFKC", text)
    return "".join("-" if c in "–—" else c for c in text if not c.isspace())


def inside(x, y, poly):
    hit = False
    for (x0, y0), (x1, y1) in zip(poly, poly[1:] + poly[:1]):
        if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
            hit = not hit
    return hit


def cpu_of(command, env=None):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def read_jixiao(program, path, engine):
    """Characters as (x, y, text, line), middles in pixels."""
    out, cpu = cpu_of([program, "dump", "--stage", "cells", "--format", "json", "--engine", engine, path])
    chars = []
    for page in json.loads(out):
        for c in page["characters"]:
            xs, ys = zip(*c["corners"])
            chars.append((sum(xs) / 4, sum(ys) / 4, c["text"], c["line"]))
    return chars, cpu


def write_blank(file):
    """Writes an empty picture: reading it costs what starting and loading the models costs."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", 64, 64, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xff" * 64) * 64)
    file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b""))
    file.flush()


def open_rapidocr():
    from rapidocr import ModelType, OCRVersion, RapidOCR
    return RapidOCR(params={
        "Det.ocr_version": OCRVersion.PPOCRV6, "Det.model_type": ModelType.SMALL,
        "Rec.ocr_version": OCRVersion.PPOCRV6, "Rec.model_type": ModelType.SMALL,
        "EngineConfig.onnxruntime.intra_op_num_threads": 1, "Global.log_level": "critical",
    })


def serve_rapidocr(pipe):
    """Reads what it is told to, in a process of its own: started from one as large, jixiao would be charged for copying it."""
    reader = open_rapidocr()
    pipe.send(None)
    while path := pipe.recv():
        pipe.send(read_rapidocr(reader, path))


def read_rapidocr(reader, path):
    before = resource.getrusage(resource.RUSAGE_SELF)
    result = reader(path)
    after = resource.getrusage(resource.RUSAGE_SELF)
    chars = []
    for line, (box, text) in enumerate(zip(result.boxes if result.boxes is not None else [], result.txts or [])):
        left, right = (box[0] + box[3]) / 2, (box[1] + box[2]) / 2
        n = max(len(text), 1)
        for k, ch in enumerate(text):
            along = (k + 0.5) / n
            x, y = left + (right - left) * along
            chars.append((float(x), float(y), ch, line))
    return chars, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def score(chars, cells):
    """(cells, exact, symbols, exact symbols), and what is wrong."""
    n = exact = symbols = exact_symbols = 0
    wrong = []
    for cell in cells:
        truth = plain(cell["text"])
        if not truth:
            continue
        here = [c for c in chars if inside(c[0], c[1], cell["poly"])]
        lines = {}
        for x, y, text, line in here:
            lines.setdefault(line, []).append((x, y, text))
        ordered = sorted(lines.values(), key=lambda line: (round(min(c[1] for c in line)), min(c[0] for c in line)))
        read = plain("".join(text for line in ordered for _, _, text in sorted(line)))
        is_symbol = set(truth) <= SYMBOLS
        n += 1
        symbols += is_symbol
        if read == truth:
            exact += 1
            exact_symbols += is_symbol
        else:
            wrong.append((cell["text"], read))
    return (n, exact, symbols, exact_symbols), wrong


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("jixiao")
    args.add_argument("folder")
    args.add_argument("--engine", default="rten")
    args.add_argument("--rapidocr", action="store_true")
    args.add_argument("--wrong", action="store_true", help="list the cells that are wrong")
    args = args.parse_args()
    rapid = None
    if args.rapidocr:
        spawn = multiprocessing.get_context("spawn")
        rapid, served = spawn.Pipe()
        spawn.Process(target=serve_rapidocr, args=(served,), daemon=True).start()
        rapid.recv()

    def ask_rapidocr(path):
        rapid.send(path)
        return rapid.recv()

    blank = tempfile.NamedTemporaryFile(suffix=".png")
    write_blank(blank)

    def read_page(path):
        # Just before each page: what starting costs depends on what ran before.
        starts = [read_jixiao(args.jixiao, blank.name, args.engine)[1] for _ in range(3)]
        chars, cpu = read_jixiao(args.jixiao, path, args.engine)
        return chars, cpu - statistics.median(starts)

    total = {}
    with open(os.path.join(args.folder, "manifest.jsonl"), encoding="utf-8") as manifest:
        pages = [json.loads(line) for line in manifest]
    print(f"{'page':12} {'reader':9} {'cells':>6} {'exact':>6} {'%':>6} {'symbols':>8} {'CPU s':>6}")
    for page in pages:
        path = os.path.join(args.folder, page["file"])
        readers = [("jixiao", lambda: read_page(path))]
        if rapid:
            readers.append(("rapidocr", lambda: ask_rapidocr(path)))
        for name, read in readers:
            chars, cpu = read()
            (n, exact, symbols, exact_symbols), wrong = score(chars, page["cells"])
            print(f"{page['variant']:12} {name:9} {n:6} {exact:6} {100 * exact / n:6.2f} {exact_symbols:4}/{symbols:<3} {cpu:6.2f}", flush=True)
            if args.wrong and name == "jixiao":
                print("\n".join(f"      {truth!r} read as {read!r}" for truth, read in wrong))
            sums = total.setdefault(name, [0, 0, 0, 0, 0.0])
            for k, value in enumerate((n, exact, symbols, exact_symbols, cpu)):
                sums[k] += value
    if rapid:
        rapid.send(None)
    for name, (n, exact, symbols, exact_symbols, cpu) in total.items():
        print(f"{'all':12} {name:9} {n:6} {exact:6} {100 * exact / n:6.2f} {exact_symbols:4}/{symbols:<3} {cpu / len(pages):6.2f}")


if __name__ == "__main__":
    sys.exit(main())
