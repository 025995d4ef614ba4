#!/usr/bin/env python3
"""Reads an archive of many files: memory of the coordinator, throughput, and the same bytes on one thread and on two.

    tests/soak/archive.py JIXIAO FOLDER [--files N] [--few N] [--disk DIR]

Makes N files (100,000) out of those of FOLDER, each with bytes of its own, so that nothing is read twice; reads the first --few (1,000) of
them with -j 1, then all with -j 1 and with -j 2. Prints the memory of the coordinator along the run, files a second, the processor time
of a file, which is not to rise by more than a tenth, and whether both runs ended with the same bytes. Pictures are left out. Needs
Python's standard library, Linux, and room for the files.
"""
import argparse
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time


def make(sources, folder, n_files):
    for n in range(n_files):
        source = sources[n % len(sources)]
        data = source.read_bytes()
        # Behind the end of a PDF, and behind the last line of a text, nothing is read.
        own = b"\n%% %d\n" % n if data.startswith(b"%PDF") else b"\n" * (n // len(sources) + 1)
        sub = folder / ("%03d" % (n // 1000))
        sub.mkdir(exist_ok=True)
        (sub / ("%06d%s" % (n, source.suffix))).write_bytes(data + own)


def rss(pid):
    """MiB."""
    try:
        for line in open("/proc/%d/status" % pid):
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def run(jixiao, inputs, out, jobs):
    """Seconds, processor seconds, and the memory of the coordinator every second."""
    command = [jixiao, "extract", *map(str, inputs), "-o", str(out), "--quiet", "--no-timing", "--ocr", "never", "-j", str(jobs)]
    began = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    curve = []
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            break
        curve.append(rss(process.pid))
        time.sleep(1)
    seconds = time.monotonic() - began
    code = os.waitstatus_to_exitcode(status)
    process.returncode = code
    if code not in (0, 1):
        sys.exit("exit code %d" % code)
    return seconds, usage.ru_utime + usage.ru_stime, curve


def digest(out):
    sums = []
    for name in ("forms.jsonl", "documents.jsonl", "summary.json"):
        total = hashlib.sha256()
        with (out / name).open("rb") as file:
            while piece := file.read(1 << 20):
                total.update(piece)
        sums.append(total.hexdigest())
    return sums


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jixiao")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--few", type=int, default=1000)
    parser.add_argument("--disk", help="where the files are made")
    args = parser.parse_args()
    kinds = (".pdf", ".txt", ".md", ".tsv", ".csv")
    sources = sorted(path for path in args.folder.rglob("*") if path.suffix in kinds and path.stat().st_size < 150_000)
    scratch = pathlib.Path(tempfile.mkdtemp(dir=args.disk))
    try:
        folder = scratch / "in"
        folder.mkdir()
        make(sources, folder, args.files)
        few = sorted(folder.rglob("*.*"))[:args.few]
        seconds, cpu, _ = run(args.jixiao, few, scratch / "few", 1)
        few_cost = cpu / args.few
        print("%d files, -j 1: %.0f s, %.0f files/s, %.2f ms of processor time each" % (
            args.few, seconds, args.few / seconds, few_cost * 1e3), flush=True)
        said = []
        for jobs in (1, 2):
            out = scratch / ("out%d" % jobs)
            seconds, cpu, curve = run(args.jixiao, [folder], out, jobs)
            steps = curve[:: max(len(curve) // 12, 1)]
            print("%d files, -j %d: %.0f s, %.0f files/s, %.2f ms of processor time each; coordinator at most %.0f MiB: %s" % (
                args.files, jobs, seconds, args.files / seconds, cpu / args.files * 1e3, max(curve),
                " ".join("%.0f" % step for step in steps)), flush=True)
            if max(curve) >= 200:
                said.append("the coordinator takes 200 MiB or more")
            # By the clock a machine that does something else, too, would be slower.
            if cpu / args.files > few_cost / 0.9:
                said.append("a file costs more than in a short run: %.2f ms, then %.2f" % (few_cost * 1e3, cpu / args.files * 1e3))
        n_lines = sum(1 for _ in (scratch / "out1" / "documents.jsonl").open("rb"))
        if n_lines != args.files:
            said.append("%d lines in the ledger" % n_lines)
        if digest(scratch / "out1") != digest(scratch / "out2"):
            said.append("one thread and two give other bytes")
        for text in said:
            print("WRONG: " + text)
        print("%d lines in the ledger; the same bytes on one thread and on two" % n_lines if not said else "not as expected")
        return bool(said)
    finally:
        shutil.rmtree(scratch)


sys.exit(main())
