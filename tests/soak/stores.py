#!/usr/bin/env python3
"""Objects are read and written as files are: the same records, the same tables, and a line for each that cannot be had.

    tests/soak/stores.py JIXIAO FILE...

JIXIAO is built with the feature s3. A server of moto is started on loopback (pip install 'moto[server]' boto3). Each check ends by a line;
the first that fails ends the run with a code that is not 0.
"""
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import zipfile

import boto3

LARGE = 20 << 20
MANY = 300
PNG = b"\x89PNG\r\n\x1a\n" + b"no picture after all"
WORDS = "<html><body><div class='ocr_page' title='bbox 0 0 100 100'><span class='ocrx_word' title='bbox 1 1 9 9'>\u7ee9\u6548</span></div></body></html>"


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


class Between:
    """Stands between jixiao and moto, and refuses what it is told to: `refuse(method, path)`."""

    def __init__(self, server):
        self.refuse, self.seen = lambda method, path: False, []
        between = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                between.seen.append((self.command, self.path))
                if between.refuse(self.command, self.path):
                    return self.give(403, {}, b"<Error><Code>AccessDenied</Code></Error>")
                headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
                # Else urllib says that it is a form, and moto takes it apart.
                headers.setdefault("Content-Type", "application/octet-stream")
                request = urllib.request.Request(server.url + self.path, body or None, headers, method=self.command)
                try:
                    with urllib.request.urlopen(request) as found:
                        self.give(found.status, found.headers, found.read())
                except urllib.error.HTTPError as error:
                    self.give(error.code, error.headers, error.read())

            def give(self, status, headers, body):
                self.send_response(status)
                for name, value in headers.items():
                    if name.lower() not in ("connection", "date", "server", "transfer-encoding") and (name.lower() != "content-length" or self.command == "HEAD"):
                        self.send_header(name, value)
                if self.command != "HEAD":
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_port

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()


class Case:
    """What all checks share: a bucket with files, and the run that is made of the same files on disk."""

    def __init__(self, jixiao, files, scratch, server):
        self.jixiao, self.scratch, self.server = jixiao, scratch, server
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
        (self.folder / ".hidden.txt").write_text("x")
        (self.folder / "empty.txt").write_text("")
        (self.folder / "scan.png").write_bytes(PNG)
        (self.folder / "scan.hocr").write_text(WORDS, encoding="utf-8")
        shutil.copyfile(files[0], self.folder / "twice.txt")
        with zipfile.ZipFile(self.folder / "z.zip", "w") as archive:
            self.member = "member-" + os.path.basename(files[0])
            archive.write(files[0], self.member)
        for path in self.folder.iterdir():
            self.client.upload_file(str(path), "archive", "in/" + path.name)
        # What consoles put where a folder shall be.
        self.client.put_object(Bucket="archive", Key="in/", Body=b"")
        self.client.put_object(Bucket="archive", Key="in/empty-folder/", Body=b"")
        self.local = scratch / "local"
        self.call("extract", "in", "-o", "local", codes=(0, 1))

    def call(self, *arguments, codes=(0,), endpoint=None, cache="cache", **more):
        environment = {**self.environment, "XDG_CACHE_HOME": str(self.scratch / cache)}
        environment.update({"AWS_ENDPOINT_URL": endpoint} if endpoint else {})
        common = ["--no-timing", "--quiet", "--ocr", "never"] if arguments[0] == "extract" else []
        command = [self.jixiao, *map(str, arguments), *common]
        done = subprocess.run(command, cwd=self.scratch, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
        expect(done.returncode in codes, "%s: exit code %d: %s" % (" ".join(command), done.returncode, done.stderr[-2000:]))
        return done

    def keys(self, prefix):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket="archive", Prefix=prefix)
        return {item["Key"]: item["LastModified"] for page in pages for item in page.get("Contents", []) if not item["Key"].endswith("/")}

    def ledger(self, run):
        return [json.loads(line) for line in open(self.scratch / run / "documents.jsonl", encoding="utf-8")]

    def get(self, key):
        return self.client.get_object(Bucket="archive", Key=key)["Body"].read()


def as_local(text):
    """A run of objects as one of files would have it."""
    return text.replace("s3://archive/in/", "in/")


def records_are_those_of_files(case):
    def same(far, local):
        for name in ("forms.jsonl", "documents.jsonl", "summary.json"):
            far_text, local_text = ((case.scratch / run / name).read_text(encoding="utf-8") for run in (far, local))
            expect(as_local(far_text) == local_text, "%s of %s differs" % (name, far))

    case.call("extract", "s3://archive/in", "-o", "far", codes=(0, 1))
    same("far", "local")
    codes = {line["path"].rsplit("/", 1)[-1]: [said["code"] for said in line["diagnostics"]] for line in case.ledger("far")}
    expect(codes["scan.hocr"] == ["READ_BESIDE"] and codes[".hidden.txt"] == ["SKIP_EXT"] and codes["empty.txt"] == ["EMPTY_FILE"], codes)
    for nth, more in enumerate((["--dedupe"], ["--shard", "2/3"], ["--include", "*.txt", "--exclude", "0*"], ["--max-bytes", "2000", "-j", "4"])):
        case.call("extract", "in", *more, "-o", "local-%d" % nth, codes=(0, 1))
        case.call("extract", "s3://archive/in/", *more, "-o", "far-%d" % nth, codes=(0, 1))
        same("far-%d" % nth, "local-%d" % nth)
    expect("SKIP_DUPLICATE" in (case.scratch / "far-0/documents.jsonl").read_text(encoding="utf-8"), "no duplicate was found")
    expect("LIMIT_SIZE" in (case.scratch / "far-3/documents.jsonl").read_text(encoding="utf-8"), "no object was too large")
    named = ["in/scan.png", "in/scan.hocr", "in/left.json", "in/z.zip!/" + case.member, "in/z.zip!/none.pdf"]
    case.call("extract", *named, "-o", "local-named", codes=(0, 1))
    case.call("extract", *["s3://archive/" + name for name in named], "-o", "far-named", codes=(0, 1))
    expect([(line["status"], line["id"]) for line in case.ledger("far-named")] == [(line["status"], line["id"]) for line in case.ledger("local-named")],
           (case.ledger("far-named"), case.ledger("local-named")))
    listed = case.call("extract", "s3://archive/in/", "--dry-run").stdout.splitlines()
    expect(len(listed) == len(case.ledger("local")), listed)
    expect(not list((case.scratch / "cache").rglob("*.*")), "fetched objects are left: %s" % list((case.scratch / "cache").rglob("*")))
    print("read: %d objects give the records of the files, byte for byte but for their names" % len(listed))


def what_cannot_be_had_is_said(case, between):
    case.client.put_object(Bucket="archive", Key="large/x.pdf", Body=b"%PDF-" + b"0" * LARGE)
    for key in ("odd//b.txt", "odd/./c.txt", "odd/d.txt"):
        case.client.put_object(Bucket="archive", Key=key, Body=(case.folder / "twice.txt").read_bytes())
    listing = case.scratch / "list.txt"
    listing.write_text("s3://archive/none.pdf\ns3://nowhere/x.pdf\ns3://archive/large\ns3://archive/in/left.json\ns3://archive/a//b.pdf\ns3://archive/odd\n")
    case.call("extract", "--files-from", listing, "-o", "said", "--max-bytes", "1M", codes=(1,))
    found = [(line["path"].removeprefix("s3://"), (line["diagnostics"] or [{"code": None}])[0]["code"]) for line in case.ledger("said")]
    expect(found[:5] == [("archive/none.pdf", "IO_NOT_FOUND"), ("nowhere/x.pdf", "IO_NOT_FOUND"), ("archive/large/x.pdf", "LIMIT_SIZE"),
                         ("archive/in/left.json", "WRONG_TYPE"), ("archive/a//b.pdf", "IO_READ")], found)
    expect([path for path, _ in found[5:]] == ["archive/odd/./c.txt", "archive/odd//b.txt", "archive/odd/d.txt"], found)
    expect([code == "IO_READ" for _, code in found[5:]] == [True, True, False], found)
    between.refuse = lambda method, path: True
    ends = {"IO_READ": "http://127.0.0.1:9", "IO_PERM": between.url}
    for code, endpoint in ends.items():
        # Twice, and the same bytes: neither times nor numbers of requests are said.
        ledgers = {case.call("extract", "s3://archive/in/left.json", "s3://archive/in/", "--ledger", "-", "-o", "x.jsonl", "--force", codes=(1,),
                             endpoint=endpoint, timeout=300).stdout for _ in range(2)}
        expect(len(ledgers) == 1, ledgers)
        lines = [json.loads(line) for line in ledgers.pop().splitlines()]
        expect([line["diagnostics"][0]["code"] for line in lines] == [code, code], lines)
    print("said: %s; an endpoint that is not there; no access" % ", ".join(str(code) for _, code in found))


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
    # An input below the output is one, unless an earlier run has written it.
    case.client.copy_object(Bucket="archive", Key="out/run/new.txt", CopySource={"Bucket": "archive", "Key": "in/twice.txt"})
    listed = case.call("extract", "s3://archive/out/run", "-o", out, "--force", "--dry-run").stdout.splitlines()
    expect(listed == [out + "/new.txt"], listed)
    case.client.delete_object(Bucket="archive", Key="out/run/new.txt")
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
    # Again: a delivery is replaced, and what its manifest has more is gone; what is no delivery is left alone.
    earlier = json.loads(case.get("tables/csv/manifest.json"))
    earlier["files"].append({"path": "old.csv"})
    case.client.put_object(Bucket="archive", Key="tables/csv/manifest.json", Body=json.dumps(earlier).encode())
    for name in ("old.csv", "mine.txt"):
        case.client.put_object(Bucket="archive", Key="tables/csv/" + name, Body=b"x")
    case.call("export", "local", "--to", "csv", "-o", "s3://archive/tables/csv")
    keys = case.keys("tables/csv/")
    expect("tables/csv/old.csv" not in keys and "tables/csv/mine.txt" in keys and not any(".jixiao" in key for key in keys), sorted(keys))
    case.call("export", "local", "--to", "sqlite", "-o", "s3://archive/tables/sqlite")
    done = case.call("export", "local", "--to", "csv", "-o", "s3://archive/in", codes=(2,))
    expect("s3://archive/in" in done.stderr, done.stderr)
    case.call("export", "s3://archive/none", "--to", "csv", "-o", "x", codes=(2,))
    print("exported: tables from store to store are those on disk, manifests last; nothing else is replaced")


def an_interrupted_run_is_taken_up(case):
    for nth in range(MANY):
        case.client.copy_object(Bucket="archive", Key="many/%03d.txt" % nth, CopySource={"Bucket": "archive", "Key": "in/twice.txt"})
    command = [case.jixiao, "extract", "s3://archive/many", "-o", "s3://archive/out/many", "--no-timing", "--progress", "never", "-j", "1"]
    child = subprocess.Popen(command, env=case.environment, cwd=case.scratch, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    while not list((case.scratch / "cache").glob("jixiao/run-*/many/*")):
        expect(time.monotonic() < end and child.poll() is None, "the run does not begin: %s" % child.returncode)
        time.sleep(0.002)
    child.send_signal(signal.SIGTERM)
    _, said = child.communicate()
    # One that comes before it is waited for kills, which must lose nothing either.
    expect(child.returncode in (130, -signal.SIGTERM), "%d: %s" % (child.returncode, said))
    expect(not case.keys("out/many"), "a run that has not ended is written")
    done = subprocess.run(command, env=case.environment, cwd=case.scratch, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    expect(done.returncode in (0, 1), done.stderr)
    n_lines = len(case.get("out/many/documents.jsonl").splitlines())
    expect(n_lines == MANY, n_lines)
    case.call("extract", "s3://archive/many", "-o", "many", codes=(0, 1))
    expect(case.get("out/many/forms.jsonl") == (case.scratch / "many/forms.jsonl").read_bytes(), "taken up, the forms differ")
    print("taken up: %s" % next((line for line in done.stderr.splitlines() if str(MANY) in line), "the same forms").strip())


def what_cannot_be_sent_is_sent_later(case, between):
    between.refuse = lambda method, path: method == "PUT" and path.startswith("/archive/later/run/documents.jsonl")
    command = ["extract", "s3://archive/in", "-o", "s3://archive/later/run", "--to", "csv"]
    done = case.call(*command, codes=(3,), endpoint=between.url)
    expect("s3://archive/later/run" in done.stderr and "AccessDenied" in done.stderr, done.stderr)
    expect("later/run/summary.json" not in case.keys("later/"), "the summary says that all is there")
    done = case.call("extract", "s3://archive/in/twice.txt", "-o", "s3://archive/later/run", codes=(2,))
    case.call("export", "s3://archive/later/run", "--to", "csv", "-o", "no-run", codes=(2,))
    between.refuse, between.seen = lambda method, path: False, []
    case.call(*command, codes=(0, 1), endpoint=between.url)
    expect(("GET", "/archive/in/twice.txt") not in between.seen, "objects were read again: %s" % between.seen)
    expect(as_local(case.get("later/run/forms.jsonl").decode()) == (case.local / "forms.jsonl").read_text(encoding="utf-8"), "sent later, the forms differ")
    expect("later/run/csv/manifest.json" in case.keys("later/run/") and not any(".jixiao" in key for key in case.keys("later/")), case.keys("later/"))
    # A delivery that is replaced, broken off, is replaced by whoever comes next, from wherever.
    between.refuse = lambda method, path: method == "PUT" and path.startswith("/archive/tables/csv/funds.csv")
    again = ["export", "local", "--to", "csv", "-o", "s3://archive/tables/csv"]
    case.call(*again, codes=(3,), endpoint=between.url)
    expect("tables/csv/manifest.json" not in case.keys("tables/csv/"), "a manifest of what is not whole")
    case.call(*again, cache="another")
    expect("tables/csv/manifest.json" in case.keys("tables/csv/"), "not replaced")
    print("sent: what broke off is sent by the same command without being read again, and deliveries are replaced from elsewhere")


def nothing_is_left_in_the_spool(case):
    left = [path.relative_to(case.scratch).as_posix() for cache in ("cache", "another") for path in (case.scratch / cache).rglob("*")]
    expect(left == ["cache/jixiao", "another/jixiao"], left)
    print("spool: nothing is left")


def a_worker_answers(case):
    key = "in/twice.txt"
    questions = "s3://archive/%s\ns3://archive/none.pdf\ns3://archive/in/z.zip!/%s\ns3://archive/in/scan.png\n" % (key, case.member)
    done = case.call("worker", "--deterministic", input=questions)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    expect([answer["document"]["status"] for answer in answers] [:3] == ["ok", "failed", "ok"], done.stdout[:2000])
    expect(answers[2]["document"]["path"] == "s3://archive/in/z.zip!/" + case.member, answers[2]["document"])
    codes = [[said["code"] for said in line["diagnostics"]] for line in (answers[3]["document"], next(l for l in case.ledger("local") if l["path"].endswith("scan.png")))]
    expect(codes[0] == codes[1], codes)
    expect(answers[0]["document"]["path"] == "s3://archive/" + key, answers[0]["document"])
    print("worker: an object is answered by its %d forms, a missing one by %s" %
          (len(answers[0]["forms"]), answers[1]["document"]["diagnostics"][0]["code"]))


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        with Server(scratch) as server, Between(server) as between:
            case = Case(os.path.abspath(sys.argv[1]), [os.path.abspath(path) for path in sys.argv[2:]], scratch, server)
            records_are_those_of_files(case)
            what_cannot_be_had_is_said(case, between)
            runs_are_written_whole(case)
            exports_go_from_store_to_store(case)
            an_interrupted_run_is_taken_up(case)
            what_cannot_be_sent_is_sent_later(case, between)
            a_worker_answers(case)
            nothing_is_left_in_the_spool(case)
    print("stores: objects are read and written as files are")


main()
