#!/usr/bin/env python3
"""Objects are read and written as files are: the same records, the same tables, and a line for each that cannot be had.

    tests/soak/stores.py JIXIAO FILE...

JIXIAO is built with the feature s3. A server of moto is started on loopback (pip install 'moto[server]' boto3). Each check ends by a line;
the first that fails ends the run with a code that is not 0.
"""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile

import boto3

LARGE = 20 << 20
MANY = 300


def expect(condition, what):
    # Not `assert`, which `python -O` leaves out.
    if not condition:
        sys.exit("FAILED: %s" % (what,))


class Server:
    """moto on a port of its own."""

    def __init__(self, scratch):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = "http://127.0.0.1:%d" % self.port
        self.log = open(scratch / "moto.log", "wb")

    def __enter__(self):
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        end = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                expect(self.process.poll() is None and time.monotonic() < end, "moto does not start: see %s" % self.log.name)
                time.sleep(0.1)

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class Case:
    """What all checks share: a bucket with files, and the run that is made of the same files on disk."""

    def __init__(self, jixiao, files, scratch, server):
        self.jixiao, self.scratch = jixiao, scratch
        self.environment = {
            **os.environ, "AWS_ENDPOINT_URL": server.url, "AWS_ALLOW_HTTP": "true", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
            "AWS_REGION": "us-east-1", "LANG": "C", "XDG_CACHE_HOME": str(scratch / "cache"),
        }
        self.client = boto3.client("s3", endpoint_url=server.url, aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
        self.client.create_bucket(Bucket="archive")
        self.folder = scratch / "in"
        self.folder.mkdir()
        for nth, name in enumerate(files):
            shutil.copyfile(name, self.folder / ("%02d 绩效-%s" % (nth, os.path.basename(name))))
        (self.folder / "left.json").write_text("{}")
        with zipfile.ZipFile(self.folder / "z.zip", "w") as archive:
            archive.write(files[0], "member-" + os.path.basename(files[0]))
        for path in self.folder.iterdir():
            self.client.upload_file(str(path), "archive", "in/" + path.name)
        self.local = scratch / "local"
        self.call("extract", "in", "-o", "local", codes=(0, 1))

    def call(self, *arguments, codes=(0,), **more):
        common = ["--no-timing", "--quiet", "--ocr", "never"] if arguments[0] == "extract" else []
        command = [self.jixiao, *map(str, arguments), *common]
        done = subprocess.run(command, cwd=self.scratch, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
        expect(done.returncode in codes, "%s: exit code %d: %s" % (" ".join(command), done.returncode, done.stderr[-2000:]))
        return done

    def keys(self, prefix):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket="archive", Prefix=prefix)
        return {item["Key"]: item["LastModified"] for page in pages for item in page.get("Contents", [])}

    def get(self, key):
        return self.client.get_object(Bucket="archive", Key=key)["Body"].read()


def as_local(text):
    """A run of objects as one of files would have it."""
    return text.replace("s3://archive/in/", "in/")


def records_are_those_of_files(case):
    case.call("extract", "s3://archive/in", "-o", "far", codes=(0, 1))
    for name in ("forms.jsonl", "documents.jsonl", "summary.json"):
        far, local = ((case.scratch / run / name).read_text(encoding="utf-8") for run in ("far", "local"))
        expect(as_local(far) == local, "%s differs" % name)
    listed = case.call("extract", "s3://archive/in/", "--dry-run").stdout.splitlines()
    expect(len(listed) == len((case.scratch / "local/documents.jsonl").read_text(encoding="utf-8").splitlines()), listed)
    expect(not list((case.scratch / "cache").rglob("*.*")), "fetched objects are left: %s" % list((case.scratch / "cache").rglob("*")))
    print("read: %d objects give the records of the files, byte for byte but for their names" % len(listed))


def what_cannot_be_had_is_said(case):
    case.client.put_object(Bucket="archive", Key="large/x.pdf", Body=b"%PDF-" + b"0" * LARGE)
    listing = case.scratch / "list.txt"
    listing.write_text("s3://archive/none.pdf\ns3://nowhere/x.pdf\ns3://archive/large\ns3://archive/in/left.json\ns3://archive/a//b.pdf\n")
    case.call("extract", "--files-from", listing, "-o", "said", "--max-bytes", "1M", codes=(1,))
    lines = [json.loads(line) for line in open(case.scratch / "said/documents.jsonl", encoding="utf-8")]
    found = [(line["path"], line["diagnostics"][0]["code"]) for line in lines]
    expect(found[:3] == [("s3://archive/none.pdf", "IO_NOT_FOUND"), ("s3://nowhere/x.pdf", "IO_READ"),
                         ("s3://archive/large/x.pdf", "LIMIT_SIZE")], found)
    expect(len(found) == 5, found)
    far = {**case.environment, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    done = subprocess.run([case.jixiao, "extract", "s3://archive/in/left.json", "--ledger", "-", "-o", "x.jsonl"], cwd=case.scratch, env=far,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)
    expect(done.returncode == 1 and '"IO_READ"' in done.stdout, "no server: %d, %s" % (done.returncode, done.stdout))
    print("said: %s; and an endpoint that is not there" % ", ".join(code for _, code in found))


def runs_are_written_whole(case):
    out = "s3://archive/out/run"
    case.call("extract", "in", "-o", out, "--to", "csv", codes=(0, 1))
    case.call("export", "local", "--to", "csv", "-o", "local/csv")
    keys = case.keys("out/run/")
    local = {path.relative_to(case.local).as_posix(): path for path in case.local.rglob("*") if path.is_file()}
    expect({"out/run/" + name for name in local} == set(keys), "written: %s" % sorted(keys))
    for name, path in local.items():
        expect(case.get("out/run/" + name) == path.read_bytes(), "%s differs" % name)
    expect(max(keys.values()) == keys["out/run/summary.json"], "the summary is not the last")
    done = case.call("extract", "in", "-o", out, codes=(2,))
    expect(out in done.stderr, done.stderr)
    case.call("extract", "in", "-o", out, "--force", codes=(0, 1))
    # Tables of the earlier run are gone with it only where new ones take their place; the run itself is whole.
    expect(case.get("out/run/forms.jsonl") == (case.local / "forms.jsonl").read_bytes(), "after --force")
    case.call("extract", "in", "-o", "s3://archive/out/forms.jsonl", codes=(0, 1))
    expect(case.get("out/forms.jsonl") == (case.local / "forms.jsonl").read_bytes(), "one file of forms")
    print("written: %d objects of a run are the files of the same run on disk, its summary last" % len(keys))


def exports_go_from_store_to_store(case):
    formats = {"csv": [], "ddl": [], "sqlite": [], "parquet": ["--partition-by", "fiscal_year"]}
    if case.call("export", "local", "--to", "parquet", "-o", "probe", codes=(0, 2)).returncode == 2:
        print("exported: Parquet is skipped, this build has none")
        del formats["parquet"]
    for form, more in formats.items():
        case.call("export", "local", "--to", form, *more, "-o", "tables-" + form)
        case.call("export", "s3://archive/out/run", "--to", form, *more, "-o", "s3://archive/tables/" + form)
    for form in formats.keys() - {"sqlite"}:
        local = {path.relative_to(case.scratch / ("tables-" + form)).as_posix(): path.read_bytes()
                 for path in (case.scratch / ("tables-" + form)).rglob("*") if path.is_file()}
        keys = case.keys("tables/%s/" % form)
        far = {key.removeprefix("tables/%s/" % form): case.get(key) for key in keys}
        expect(far == local, "%s: %s" % (form, sorted(set(far) ^ set(local)) or [name for name in far if far[name] != local[name]]))
        expect(max(keys.values()) == keys["tables/%s/manifest.json" % form], "%s: the manifest is not the last" % form)
    manifest = json.loads(case.get("tables/sqlite.manifest.json"))
    expect(manifest["files"][0]["bytes"] == len(case.get("tables/sqlite")), manifest)
    # Again: a delivery is replaced, and what it had more is gone; what is no delivery is left alone.
    case.client.put_object(Bucket="archive", Key="tables/csv/old.csv", Body=b"x")
    case.call("export", "local", "--to", "csv", "-o", "s3://archive/tables/csv")
    expect("tables/csv/old.csv" not in case.keys("tables/csv/"), "an old table is left")
    case.call("export", "local", "--to", "sqlite", "-o", "s3://archive/tables/sqlite")
    done = case.call("export", "local", "--to", "csv", "-o", "s3://archive/in", codes=(2,))
    expect("s3://archive/in" in done.stderr, done.stderr)
    case.call("export", "s3://archive/none", "--to", "csv", "-o", "x", codes=(2,))
    print("exported: tables from store to store are those on disk, manifests last; nothing else is replaced")


def an_interrupted_run_is_taken_up(case):
    key = min(key for key in case.keys("in/") if key.endswith(".txt"))
    for nth in range(MANY):
        case.client.copy_object(Bucket="archive", Key="many/%03d.txt" % nth, CopySource={"Bucket": "archive", "Key": key})
    command = [case.jixiao, "extract", "s3://archive/many", "-o", "s3://archive/out/many", "--no-timing", "--progress", "never", "-j", "1"]
    child = subprocess.Popen(command, env=case.environment, cwd=case.scratch, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    while not list((case.scratch / "cache").glob("jixiao/out-*/many/*")):
        expect(time.monotonic() < end and child.poll() is None, "the run does not begin: %s" % child.returncode)
        time.sleep(0.002)
    child.send_signal(signal.SIGTERM)
    _, said = child.communicate()
    expect(child.returncode == 130, "%d: %s" % (child.returncode, said))
    expect(not case.keys("out/many"), "a run that has not ended is written")
    done = subprocess.run(command, env=case.environment, cwd=case.scratch, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    expect(done.returncode in (0, 1), done.stderr)
    n_lines = len(case.get("out/many/documents.jsonl").splitlines())
    expect(n_lines == MANY, n_lines)
    case.call("extract", "s3://archive/many", "-o", "many", codes=(0, 1))
    expect(case.get("out/many/forms.jsonl") == (case.scratch / "many/forms.jsonl").read_bytes(), "taken up, the forms differ")
    print("taken up: %s" % next((line for line in done.stderr.splitlines() if str(MANY) in line), "the same forms").strip())


def a_worker_answers(case):
    key = sorted(case.keys("in/"))[0]
    questions = "s3://archive/%s\ns3://archive/none.pdf\n" % key
    done = case.call("worker", "--deterministic", input=questions)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    expect([answer["document"]["status"] for answer in answers] == ["ok", "failed"], done.stdout[:2000])
    expect(answers[0]["document"]["path"] == "s3://archive/" + key, answers[0]["document"])
    print("worker: an object is answered by its %d forms, a missing one by %s" %
          (len(answers[0]["forms"]), answers[1]["document"]["diagnostics"][0]["code"]))


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        with Server(scratch) as server:
            case = Case(os.path.abspath(sys.argv[1]), [os.path.abspath(path) for path in sys.argv[2:]], scratch, server)
            for check in (records_are_those_of_files, what_cannot_be_had_is_said, runs_are_written_whole, exports_go_from_store_to_store,
                          an_interrupted_run_is_taken_up, a_worker_answers):
                check(case)
    print("stores: objects are read and written as files are")


main()
