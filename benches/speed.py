#!/usr/bin/env python3
"""How fast digital PDFs are read: jixiao, whose work is done when the records are written, beside programs that give text or tables.

    benches/speed.py JIXIAO FOLDER [--rounds N] [--pages N]

Twice: the PDFs of FOLDER that have a text layer, and one file of --pages (500) pages made of them. All are run one after another, in
rounds; a figure is the median of the processor time of all rounds, and a ratio the median of the ratios within a round, since a shared
machine is now slow and now fast. jixiao: `extract -j 1`, once as it is used (files are read in a process of their own) and once in one
process. pdftotext -layout (poppler-utils) and mutool draw -F stext (mupdf-tools) are started for each file, as they must; pypdfium2
(get_text_range) and pdfplumber (extract_tables) read all in one process, whose start is taken off. The floor is `cargo bench --bench
floor`: contents decoded and cut into operators. Needs pip install pypdfium2 pdfplumber; what is not installed is left out.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
PDFIUM = """
import sys, pypdfium2
for path in sys.argv[1:]:
    for page in pypdfium2.PdfDocument(path):
        page.get_textpage().get_text_range()
"""
PLUMBER = """
import sys, pdfplumber
for path in sys.argv[1:]:
    with pdfplumber.open(path) as pdf:
        for page in pdf.pages:
            page.extract_tables()
"""


def cpu(command, allowed=(0,)):
    """Processor seconds of a command and of what it starts."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in allowed:
        sys.exit("%s: exit code %s" % (command[:3], process.returncode))
    return usage.ru_utime + usage.ru_stime


def contestants(jixiao, scratch):
    """Name and what it costs to read these files, in processor seconds."""
    def extract(isolation):
        return lambda paths: cpu([jixiao, "extract", *paths, "-o", str(scratch / "out"), "--force", "--quiet", "-j", "1",
                                  "--isolation", isolation], (0, 1))

    found = [("jixiao", extract("none")), ("jixiao, isolated", extract("process"))]
    if shutil.which("pdftotext"):
        found.append(("pdftotext -layout", lambda paths: sum(cpu(["pdftotext", "-layout", path, os.devnull]) for path in paths)))
    if shutil.which("mutool"):
        found.append(("mutool stext", lambda paths: sum(cpu(["mutool", "draw", "-q", "-F", "stext", "-o", os.devnull, path]) for path in paths)))
    for name, module, program in (("pypdfium2 text", "pypdfium2", PDFIUM), ("pdfplumber tables", "pdfplumber", PLUMBER)):
        if subprocess.run([sys.executable, "-c", "import " + module], stderr=subprocess.DEVNULL).returncode == 0:
            python = [sys.executable, "-c", program]
            found.append((name, lambda paths, python=python: cpu([*python, *paths]) - cpu(python)))
    return found


def table(title, found, paths, n_pages, rounds, floor):
    print("\n%s: %d files, %d pages" % (title, len(paths), n_pages))
    times = {name: [] for name, _ in found}
    for _ in range(rounds):
        for name, read in found:
            times[name].append(read(paths))
    first = times[found[0][0]]
    print("%-20s %10s %10s %14s" % ("", "ms a page", "pages/s", "times jixiao"))
    if floor:
        print("%-20s %10.3f %10.0f %14.2f" % ("the floor", floor / n_pages, n_pages / floor * 1e3,
                                               floor / 1e3 / statistics.median(first)))
    for name, _ in found:
        median = statistics.median(times[name])
        ratio = statistics.median(b / a for a, b in zip(first, times[name]))
        print("%-20s %10.3f %10.0f %14.2f" % (name, median / n_pages * 1e3, n_pages / median, ratio))


def floor_of(paths):
    """Milliseconds; None where there is no cargo."""
    if not shutil.which("cargo"):
        return None
    command = ["cargo", "bench", "--quiet", "--locked", "--profile", "fast", "--bench", "floor", "--", *paths]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    lines = [line.split("\t") for line in run.stdout.splitlines() if line.count("\t") == 3]
    return sum(float(line[3].split()[0]) for line in lines) if len(lines) == len(paths) else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jixiao")
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pages", type=int, default=500)
    args = parser.parse_args()
    jixiao = str(pathlib.Path(args.jixiao).resolve())
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        pdfs = sorted(str(path.resolve()) for path in pathlib.Path(args.folder).rglob("*.pdf"))
        subprocess.run([jixiao, "extract", *pdfs, "-o", str(scratch / "out"), "--quiet", "--ocr", "never"], check=False)
        lines = [json.loads(line) for line in (scratch / "out" / "documents.jsonl").open(encoding="utf-8")]
        # Pages without a text layer take models, and seconds.
        is_scan = {line["path"] for line in lines for finding in line["diagnostics"] if finding["code"] == "NEEDS_OCR"}
        digital = [line for line in lines if line["sources"] == ["pdf_text"] and line["forms"] and line["path"] not in is_scan]
        found = contestants(jixiao, scratch)
        paths = [line["path"] for line in digital]
        table("Files with a text layer", found, paths, sum(line["pages"] for line in digital), args.rounds, floor_of(paths))
        try:
            import pypdfium2
        except ImportError:
            print("no large file: pypdfium2 is needed to make it")
            return
        large = pypdfium2.PdfDocument.new()
        while len(large) < args.pages:
            for path in paths:
                large.import_pages(pypdfium2.PdfDocument(path))
        n_pages = len(large)
        path = str(scratch / "large.pdf")
        large.save(path)
        table("One large file", found, [path], n_pages, args.rounds, floor_of([path]))


main()
