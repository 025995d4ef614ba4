#!/usr/bin/env python3
"""Kills runs of `jixiao extract` at seeded moments, takes them up, and compares what they end with.

    tests/soak/kills.py JIXIAO [--kills N] [--files N] [--seed N] [--disk MIB] [-j N]

Makes files (each with text of its own), reads them once without a kill, and then again and again, ended by SIGKILL at a seeded
moment and taken up by the same command until N kills are done, as many runs as that takes; half of the kills hit a worker,
half the coordinator. Every run must end with the same forms.jsonl, documents.jsonl and summary.json. --disk: the same in
a file system of so many MiB (Linux, root), which is filled up: the run must end with 3, and with the same bytes once
there is room. Needs Python's standard library.
"""
import argparse
import pathlib
import random
import subprocess
import sys
import tempfile
import time

FORM = """年度绩效目标表

项目名称: 道路养护第{n}标段
主管部门: 203-某县交通局
项目总额: {n}.00 万元

一级指标\t二级指标\t三级指标\t指标性质\t指标值\t度量单位\t权重 (%)
产出指标\t数量指标\t养护里程\t≥\t{n}\t公里\t50
产出指标\t质量指标\t验收合格率\t≥\t95\t%\t40
"""
OUTPUTS = ["forms.jsonl", "documents.jsonl", "summary.json"]


def pdf(n):
    content = "BT /F 12 Tf 50 700 Td (HELLO %d) Tj ET\n" % n + "".join(
        "%d %d m %d 842 l S\n" % (k % 595, k % 842, k % 594) for k in range(2000 + n % 7 * 3000))
    head = ("%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
            "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
            "4 0 obj<</Length %d>>stream\n%s\nendstream endobj\n5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
            "trailer<</Root 1 0 R>>\n%%%%EOF\n")
    return head % (len(content), content)


def make(folder, n_files):
    for n in range(n_files):
        if n % 2:
            (folder / ("%05d.txt" % n)).write_text(FORM.format(n=n), encoding="utf-8")
        else:
            (folder / ("%05d.pdf" % n)).write_text(pdf(n))


def outputs(out):
    return [(out / name).read_bytes() for name in OUTPUTS]


def workers(parent):
    found = []
    for task in pathlib.Path("/proc/%d/task" % parent).glob("*/children"):
        try:
            found += task.read_text().split()
        except OSError:
            pass
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jixiao")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--files", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--disk", type=int)
    parser.add_argument("-j", default="2")
    args = parser.parse_args()
    jixiao = str(pathlib.Path(args.jixiao).resolve())
    rng = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        inputs = folder / "in"
        inputs.mkdir()
        make(inputs, args.files)

        def command(out):
            return [jixiao, "extract", "in", "-o", str(out), "--no-timing", "--quiet", "-j", args.j]

        began = time.time()
        subprocess.run(command("whole"), cwd=folder, check=False)
        took = time.time() - began
        expected = outputs(folder / "whole")
        if args.disk:
            return disk(folder, command, expected, args.disk)
        n_kills = n_worker_kills = n_runs = n_resumed = 0
        while n_kills + n_worker_kills < args.kills:
            out = "out%d" % n_runs
            n_runs += 1
            while True:
                run = subprocess.Popen(command(out), cwd=folder)
                wait = rng.uniform(0, 1.1 * took)
                is_worker = rng.random() < 0.5
                try:
                    run.wait(wait)
                except subprocess.TimeoutExpired:
                    if is_worker:
                        for worker in workers(run.pid)[:1]:
                            n_worker_kills += subprocess.run(["kill", "-9", worker], stderr=subprocess.DEVNULL).returncode == 0
                        run.wait()
                    else:
                        run.kill()
                        n_kills += 1
                        n_resumed += 1
                if run.wait() >= 0:
                    break
            if outputs(folder / out) != expected:
                sys.exit("run %d differs from the whole one" % n_runs)
        print("%d files, %d runs, %d kills of the coordinator, %d of workers: all runs end with the same bytes" % (
            args.files, n_runs, n_kills, n_worker_kills))


def disk(folder, command, expected, mebibytes):
    place = folder / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%dM" % mebibytes, "tmpfs", str(place)], check=True)
    try:
        filler = place / "filler"
        with open(filler, "wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                pass
        with open(filler, "r+b") as file:
            file.truncate(filler.stat().st_size - (64 << 10))
        first = subprocess.run(command(place / "out"), cwd=folder, stderr=subprocess.PIPE)
        if first.returncode != 3:
            sys.exit("a full disk ends with %d: %r" % (first.returncode, first.stderr))
        filler.unlink()
        subprocess.run(command(place / "out"), cwd=folder, check=False)
        if outputs(place / "out") != expected:
            sys.exit("the run that was taken up differs")
        print("disk full: ended with 3, taken up with the same bytes")
    finally:
        subprocess.run(["umount", str(place)], check=False)


main()
