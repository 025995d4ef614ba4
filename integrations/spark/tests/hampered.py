#!/usr/bin/env python3
"""Stands in for jixiao where something goes wrong: asks a real worker one question at a time, and hampers it at marked ones.

    hampered.py HOW MARK JIXIAO worker OPTION...

HOW is what happens at a question whose path has MARK in it: `honest` nothing, `drop` its answer is lost, `twice` it comes twice, `torn`
half of it comes, `other` it bears the id of another path, `early` the worker ends with 0, `exit` it ends with 75, `late` it takes 0.2 s
longer, `poison` every process that reads a file named `abort` is brought down, and one that reads a file named `hang` stands still. Each
question is added to the file $ASKED, if that is set.
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time


def n_read(process):
    """Bytes that each process which `process` has started has read."""
    counts = {}
    for children in pathlib.Path("/proc/%d/task" % process).glob("*/children"):
        for child in children.read_text().split():
            try:
                counts[int(child)] = int(pathlib.Path("/proc/%s/io" % child).read_text().split()[1])
            except (FileNotFoundError, ProcessLookupError):
                pass
    return counts


POISON = {"abort": signal.SIGABRT, "hang": signal.SIGSTOP}


def poison_readers(worker, path, poison, is_answered):
    """Sends a signal to whatever has read as much as the file since now."""
    before, size = n_read(worker), os.path.getsize(path)
    while not is_answered.wait(0.005):
        for child, n in n_read(worker).items():
            if n - before.get(child, 0) >= size:
                os.kill(child, poison)
                # It may be seen once more before it is gone.
                before[child] = 1 << 62


def main():
    how, mark, command = sys.argv[1], sys.argv[2], sys.argv[3:]
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for question in sys.stdin.buffer:
        path = json.loads(question)["path"]
        if "ASKED" in os.environ:
            with open(os.environ["ASKED"], "ab", buffering=0) as asked:
                asked.write(question)
        does = how if mark in path else "honest"
        if does in ("early", "exit"):
            worker.kill()
            sys.exit(0 if does == "early" else 75)
        is_answered = threading.Event()
        poison = POISON.get(pathlib.Path(path).stem) if does == "poison" else None
        if poison is not None:
            threading.Thread(target=poison_readers, args=(worker.pid, path, poison, is_answered)).start()
        worker.stdin.write(question)
        worker.stdin.flush()
        answer = worker.stdout.readline()
        is_answered.set()
        if does == "late":
            time.sleep(0.2)
        if does == "torn":
            answer = answer[: len(answer) // 2] + b"\n"
        if does == "other":
            whole = json.loads(answer)
            answer = json.dumps({**whole, "id": [*whole["id"][:2], "/another"]}).encode() + b"\n"
        sys.stdout.buffer.write({"drop": b"", "twice": 2 * answer}.get(does, answer))
        sys.stdout.buffer.flush()
    worker.stdin.close()
    sys.exit(worker.wait())


main()
