#!/usr/bin/env python3
"""Runs of many forms held against each other: what `jixiao diff` finds, how long it takes, and how much memory.

    tests/soak/diffs.py JIXIAO [--forms 1000000] [--folder DIR]

Makes runs of the samples' forms under other names (6 GB each for a million): the run itself, one with a target changed in every hundredth
form, one with a target changed in every form, and one read from another folder by another version of its grammars, in which every line
differs. Needs Python alone.
"""
import argparse
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "samples"
LONGEST_LINE = 6500


def templates():
    for sample in ("annual-utf16", "seed-text", "department-ruled-pdf", "annual-gb18030", "annual-pages-pdf"):
        for line in (SAMPLES / sample / "expected.jsonl").read_text("utf-8").splitlines():
            if len(line.encode()) > LONGEST_LINE or not line.startswith('{"schema":"jixiao.form/1"'):
                continue
            document = json.loads(line)["document"]
            line = line.replace(document["id"], "@ID@").replace(document["id"][:16], "@PREFIX@")
            yield line.replace(document["path"], "@PATH@")


def make(folder, n_forms):
    forms = list(templates())
    names = ("old", "changed", "all-changed", "elsewhere")
    files = [open(folder / f"{name}.jsonl", "w", encoding="utf-8") for name in names]
    n_changed, n_all_changed = 0, 0
    for n in range(n_forms):
        # An odd factor: no two are the same, and they are in no order.
        prefix = f"{n * 0x9E3779B97F4A7C15 & 2**64 - 1:016x}"
        line = forms[n % len(forms)].replace("@ID@", prefix + f"{n:016x}" * 3).replace("@PREFIX@", prefix) + "\n"
        here = line.replace("@PATH@", f"{n}.pdf")
        all_changed = here.replace('"target":"', '"target":"9', 1)
        changed = all_changed if n % 100 == 0 else here
        n_changed += changed != here
        n_all_changed += all_changed != here
        files[0].write(here)
        files[1].write(changed)
        files[2].write(all_changed)
        files[3].write(line.replace("@PATH@", f"x/{n}.pdf").replace('@1","title"', '@2","title"', 1))
    for file in files:
        file.close()
    return n_changed, n_all_changed


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("jixiao")
    arguments.add_argument("--forms", type=int, default=1_000_000)
    arguments.add_argument("--folder", default=None, help="where the runs are made")
    told = arguments.parse_args()
    failed = False
    with tempfile.TemporaryDirectory(dir=told.folder) as folder:
        folder = pathlib.Path(folder)
        n_changed, n_all_changed = make(folder, told.forms)
        size = os.path.getsize(folder / "old.jsonl") / 1e9
        print(f"{told.forms} forms, {size:.2f} GB a run")
        for other, expected in (("old", 0), ("changed", n_changed), ("all-changed", n_all_changed), ("elsewhere", 2 * told.forms)):
            start = time.monotonic()
            command = [told.jixiao, "diff", folder / "old.jsonl", folder / f"{other}.jsonl", "--limit", "0", "--lang", "en"]
            done = subprocess.run(command, capture_output=True, text=True)
            seconds = time.monotonic() - start
            found = int(done.stdout.splitlines()[-1].split(" ")[0]) if done.stdout else None
            # The largest of all children so far.
            memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            is_right = found == expected and done.returncode == int(expected > 0)
            failed |= not is_right
            print(f"{'ok  ' if is_right else 'FAIL'} {other}: {found} differences, expected {expected}; {seconds:.1f} s, at most {memory:.0f} MiB")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
