#!/usr/bin/env python3
"""Reads hostile files one by one, each with a good one behind it, and holds what becomes of them against what is expected.

    tests/soak/bad.py JIXIAO MAKE_BAD [--only ID ...] [--keep DIR]

MAKE_BAD writes the files and expect.tsv (id, path, kind, must, codes, max_s, max_rss_mib, note) into a folder. For each file: the ledger
has exactly its line and that of the good file, which is read as ever; status and codes are as expected; the processes
together take no more processor time, and none of them more memory, than it says. Odd names, links and special files are read by one walk.
Expectations that are changed here say why. Needs Python's standard library, and Linux for the limits.
"""
import argparse
import base64
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

# What is expected otherwise than expect.tsv says, and why.
CHANGED = {
    "n09": ("OK|LIMIT_LINE", "its digits stand on one line, longer than the 100,000 characters that are read of one"),
    "s09": ("IO_PERM|OK", "root may read it"),
}
# The same of the memory, MiB.
MEMORY = {
    "t06": (300, "a picture is read as one whatever its name, and the models take more than 100 MiB"),
}
# Where the entries of the folder are named otherwise in expect.tsv.
NAMES = {
    "s10": lambda line: base64.b64decode(line.get("path_b64", "")).endswith(b"/\xb2\xe2\xca\xd4\xff\n\t\x1b.pdf"),
    "s11": lambda line: line["path"].endswith("/" + "长" * 84 + ".p"),
    "s13": lambda line: line["path"].endswith("d/x.pdf"),
    "s14": lambda line: line["path"].endswith(("/dup1.pdf", "/dup2.pdf")),
}


def run(jixiao, paths, out):
    """Exit code, CPU seconds of all processes, MiB of the largest, ledger."""
    command = [jixiao, "extract", *map(str, paths), "-o", str(out), "--force", "--quiet", "-j", "1", "--no-timing"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    ledger = out / "documents.jsonl"
    lines = ledger.read_text(encoding="utf-8").splitlines() if ledger.exists() else []
    return process.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, list(map(json.loads, lines))


def complaints(case, lines):
    """What is wrong with the ledger lines of a case."""
    if not lines:
        return ["no line in the ledger"]
    wanted = set(CHANGED.get(case["id"], (case["codes"],))[0].split("|"))
    said = []
    for line in lines:
        codes = {finding["code"] for finding in line["diagnostics"]}
        is_ok = line["status"] in ("ok", "no_form") or (line["status"] == "skipped" and case["must"] == "skip")
        fits = codes & wanted or ("OK" in wanted and is_ok) or ("PARTIAL" in wanted and codes)
        if not fits:
            said.append("%s %s, expected %s" % (line["status"], sorted(codes), sorted(wanted)))
        if case["must"] == "ok" and not is_ok:
            said.append("is %s" % line["status"])
        if case["must"] == "error" and line["status"] in ("ok", "no_form") and not wanted & {"OK", "PARTIAL"}:
            said.append("is %s" % line["status"])
    return said


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jixiao")
    parser.add_argument("make_bad")
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--keep", help="a folder that has the files already, or gets them")
    args = parser.parse_args()
    jixiao = str(pathlib.Path(args.jixiao).resolve())
    n_bad = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(args.keep or name)
        if not (folder / "expect.tsv").exists():
            subprocess.run([sys.executable, args.make_bad, str(folder)], check=True, stdout=subprocess.DEVNULL)
        out = pathlib.Path(name) / "out"
        good = folder / "c01_good.pdf"
        cases = list(csv.DictReader((folder / "expect.tsv").open(encoding="utf-8"), delimiter="\t"))
        cases = [case for case in cases if not args.only or case["id"] in args.only]
        worst = (0, "")
        for case in [case for case in cases if case["kind"] != "fs"]:
            path = folder / case["path"]
            if not path.exists():
                print("%s: skipped, %s was not made" % (case["id"], case["path"]))
                continue
            code, cpu, memory, ledger = run(jixiao, [path, good], out)
            # An archive has a line for each member, of which one at least is as expected; the others may be well.
            own = [line for line in ledger[:-1] if line["path"].startswith(str(path))]
            said = min((complaints(case, [line]) for line in own), key=len) if own else complaints(case, own)
            if case["kind"] != "archive" and len(own) != 1:
                said.append("%d lines in the ledger" % len(own))
            behind = [line["status"] for line in ledger[-1:] if line["path"] == str(good)]
            if behind != ["no_form"] or len(own) + 1 != len(ledger):
                said.append("the good file behind it was not read: %s" % ledger)
            if code not in (0, 1):
                said.append("exit code %s" % code)
            if cpu > float(case["max_s"]):
                said.append("%.1f s of processor time, at most %s" % (cpu, case["max_s"]))
            most = MEMORY.get(case["id"], (float(case["max_rss_mib"]),))[0]
            if memory > most:
                said.append("%.0f MiB, at most %.0f" % (memory, most))
            worst = max(worst, (cpu, case["id"]))
            n_bad += bool(said)
            for text in said:
                print("%s %s: %s" % (case["id"], case["path"], text))
        walked = [case for case in cases if case["kind"] == "fs"]
        if walked:
            code, cpu, memory, ledger = run(jixiao, [folder / "fs"], out)
            for case in walked:
                ends = "/" + case["path"].split(" ")[0]
                is_its = NAMES.get(case["id"], lambda line: line["path"].endswith(ends))
                lines = [line for line in ledger if is_its(line)]
                said = complaints(case, lines)
                if case["id"] == "s14" and len({line["id"] for line in lines}) * 2 != len(lines):
                    said.append("the same bytes are not the same document twice: %s" % lines)
                n_bad += bool(said)
                for text in said:
                    print("%s %s: %s" % (case["id"], case["path"], text))
    print("hostile files: %d cases, %d not as expected; the costliest took %.1f s of processor time (%s)" % (
        len(cases), n_bad, *worst))
    return n_bad > 0


sys.exit(main())
