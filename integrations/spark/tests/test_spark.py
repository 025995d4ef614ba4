#!/usr/bin/env python3
"""Nothing is lost in Spark: not by poisoned files, not by workers that fall silent, not by an executor that is killed.

    tests/test_spark.py JIXIAO [N]

Runs N documents (60 unless said otherwise) on two executors of this machine (`local-cluster`, from the pip package of pyspark; Linux only).
Each check ends by a line that says what was found; the first that fails ends the run with a code that is not 0.
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from decimal import Decimal

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = HERE.parents[2] / "samples"
sys.path.insert(0, str(HERE.parent))

import pyspark  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402
from pyspark.sql import functions as F  # noqa: E402

import jixiao_spark  # noqa: E402
import jixiao_submit  # noqa: E402

OPTIONS = ["--ocr", "never", "--deterministic", "--provenance"]
# Far above what a sample takes and far below what a poisoned file does.
LIMITS = ["--deadline", "10", "--max-memory", "200M"]
EXECUTOR = "org.apache.spark.executor.CoarseGrainedExecutorBackend"
# More digits than DECIMAL(18, 4) holds.
UNFIT = "3.750001234"


def expect(condition, what):
    # Not `assert`, which `python -O` leaves out.
    if not condition:
        sys.exit("FAILED: %s" % (what,))


def pdf(content, more=""):
    """A PDF of one page with this content, without a table of its objects: it is found by its objects."""
    head = ("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
            "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
            f"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n4 0 obj<</Length {len(content)}{more}>>stream\n").encode()
    return head + content + b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n"


def write_documents(folder, n):
    """N documents, no two of the same bytes, some with names that a line or a shell would take apart."""
    folder.mkdir()
    text = (SAMPLES / "seed-text/input.txt").read_bytes()
    annual = (SAMPLES / "annual-pages-pdf/input.pdf").read_bytes()
    odd = ['{"path": 1}', "two\nlines", "绩效 目标", "$HOME; 'x' \"y\" \\z", "%41+&", " "]
    for nth in range(n):
        name = "%04d%s" % (nth, odd[nth] if nth < len(odd) else "")
        if nth % 2:
            (folder / (name + ".pdf")).write_bytes(annual + b"%% %d\n" % nth)
        else:
            body = text.replace(b"3.75 ", UNFIT.encode() + b" ") if nth == 2 else text
            (folder / (name + ".txt")).write_bytes(body + b"\n" * nth)
    return sorted(map(str, folder.iterdir()))


def write_poison(folder):
    """Paths of files that bring a reader down, and the code that each is to be answered with."""
    folder.mkdir()
    start = b"BT /F 12 Tf 50 700 Td (HELLO) Tj ET\n"
    lines = b"".join(b"%d %d m %d 842 l S\n" % (n % 595, n % 842, n % 594) for n in range(900_000))
    # Long enough to be caught while they are read.
    (folder / "hang.pdf").write_bytes(pdf(start + lines))
    (folder / "bomb.pdf").write_bytes(pdf(zlib.compress(start + b" " * (240 << 20), 9), "/Filter/FlateDecode"))
    (folder / "abort.pdf").write_bytes(pdf(start + lines))
    codes = {"none.pdf": "IO_NOT_FOUND", "hang.pdf": "TIMEOUT", "bomb.pdf": "LIMIT_MEMORY", "abort.pdf": "CRASH"}
    return {str(folder / name): code for name, code in codes.items()}


def session(scratch):
    package = shutil.make_archive(str(scratch / "jixiao_spark"), "zip", HERE.parent, "jixiao_spark")
    spark = (
        SparkSession.builder.master("local-cluster[2,1,1024]").appName("jixiao test")
        .config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
        .config("spark.pyspark.python", sys.executable).config("spark.submit.pyFiles", package)
        .config("spark.sql.shuffle.partitions", "4").config("spark.sql.warehouse.dir", str(scratch / "warehouse")).getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    return spark


class Case:
    """What all checks share."""

    def __init__(self, jixiao, n, scratch):
        self.jixiao, self.scratch = jixiao, scratch
        self.documents = write_documents(scratch / "documents", n)
        self.poison = write_poison(scratch / "poison")
        self.spark = session(scratch)

    def paths(self, paths):
        return self.spark.createDataFrame([(path,) for path in paths], "path STRING")

    def hampered(self, how, mark=""):
        return [sys.executable, str(HERE / "hampered.py"), how, mark, self.jixiao]


def each_once(envelopes, paths):
    found = Counter(row.path for row in envelopes.select("path").collect())
    expect(found == Counter(paths), "not every path once: %s" % ((found - Counter(paths)) + (Counter(paths) - found)))


def silent_workers_fail_the_job(case):
    paths = case.paths(case.documents[:12])
    for how, mark in [("honest", ""), ("drop", "/0003"), ("twice", "/0003"), ("torn", "/0003"), ("other", "/0003"), ("early", "/0003"),
                      ("early", ""), ("drop", case.documents[11]), ("exit", "/0003")]:
        answers = jixiao_spark.envelopes(paths, case.hampered(how, mark), OPTIONS, partitions=2)
        try:
            n, said = answers.count(), ""
        except Exception as error:  # Which class it is depends on where in Spark it comes from; what it says is looked at.
            n, said = None, str(error)
        if how == "honest":
            expect(n == 12, "an honest worker: %s, %s" % (n, said[-2000:]))
        else:
            # The one that says so by its code is found by Spark's checkCode, the others by what was answered.
            awaited = "error code 75" if how == "exit" else "WorkerError"
            expect(n is None and awaited in said, "%s at %s: %s answers, %s" % (how, mark, n, said[-2000:]))
    print("silent workers: 8 kinds of lost, torn, doubled and mistaken answers, and each fails the job")


def poison_is_answered(case):
    paths = case.documents + list(case.poison)
    answers = jixiao_spark.envelopes(case.paths(paths), case.hampered("poison", "/poison/"), OPTIONS + LIMITS, partitions=4).persist()
    each_once(answers, paths)
    failed = sorted((row.path, row.status, row.code) for row in jixiao_spark.failed(answers).collect())
    expect(failed == sorted((path, "failed", code) for path, code in case.poison.items()), failed)
    n_ok = jixiao_spark.documents(answers).where("status = 'ok'").count()
    expect(n_ok == len(case.documents), "%d of %d are ok" % (n_ok, len(case.documents)))
    answers.unpersist()
    print("poison: %d ok, and %s" % (n_ok, ", ".join("%s %s" % (os.path.basename(path), code) for path, _, code in failed)))


def children_of(process):
    children = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            children.setdefault(int(stat.read_text().rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            pass
    found, ahead = [], [process]
    while ahead:
        found += (more := children.get(ahead.pop(), []))
        ahead += more
    return found


def command_of(process):
    try:
        return pathlib.Path("/proc/%d/cmdline" % process).read_text().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def wait_until(what, seconds, condition):
    end = time.monotonic() + seconds
    while not condition():
        expect(time.monotonic() < end, "%s: not within %d s" % (what, seconds))
        time.sleep(0.02)


def executors_may_die(case):
    context = case.spark.sparkContext
    asked = case.scratch / "asked"
    answers = jixiao_spark.envelopes(
        case.paths(case.documents), case.hampered("late"), OPTIONS, partitions=8, environment={"ASKED": str(asked)}
    ).persist()
    outcome = {}

    def run():
        context.setJobGroup("killed", "killed")
        try:
            outcome["n"] = answers.count()
        except Exception as error:  # Of whatever class: it is said by the thread that waits.
            outcome["error"] = error

    def stages():
        tracker = context.statusTracker()
        ids = [stage for job in tracker.getJobIdsForGroup("killed") for stage in tracker.getJobInfo(job).stageIds]
        return [info for info in map(tracker.getStageInfo, ids) if info is not None and info.numTasks == 8]

    thread = pyspark.InheritableThread(target=run)
    thread.start()
    # Some answers are kept, and each executor, of one core, is at others.
    wait_until("a first task ends", 120, lambda: any(0 < stage.numCompletedTasks < 8 and stage.numActiveTasks == 2 for stage in stages()))
    # Those of this run alone: what this process has started.
    executors = [process for process in children_of(os.getpid()) if EXECUTOR in command_of(process)]
    expect(len(executors) == 2, "executors: %s" % executors)
    os.kill(executors[0], signal.SIGKILL)
    thread.join()
    expect(outcome == {"n": len(case.documents)}, outcome)
    n_again = sum(json.loads(line)["path"] != "" for line in open(asked, encoding="utf-8")) - len(case.documents)
    expect(n_again > 0, "nothing was asked again: the executor was killed too late")
    each_once(answers, case.documents)
    answers.unpersist()

    def left():
        commands = [command_of(int(process.name)) for process in pathlib.Path("/proc").glob("[0-9]*")]
        return [command for command in commands if case.jixiao in command and {"worker", "read-frames"} & set(command)]

    wait_until("workers of the dead executor end", 60, lambda: not left())
    print("executor killed: %d questions were asked again, %d documents are there once each, no worker is left" % (n_again, outcome["n"]))


def field(value):
    """A value as `jixiao export --to csv` writes it (src/export/csv.rs)."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        whole, _, fraction = str(value).partition(".")
        return whole + "." + fraction.rstrip("0").ljust(2, "0")
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    text = str(value)
    is_plain = text and not set(text) & set(',"\r\n') and text == text.strip(" ")
    return text if is_plain or not isinstance(value, str) else '"%s"' % text.replace('"', '""')


def rows_of_csv(path):
    """The rows of a CSV file as they stand, quotes and all: they end by CR LF, and the values of these documents have none."""
    return [line for line in path.read_bytes().decode().split("\r\n") if line]


def what_extract_says(case):
    """The run that `jixiao extract` makes of the same documents, and its records."""
    out = case.scratch / "run"
    options = ["--ocr", "never", "--no-timing", "--provenance", "--quiet"]
    done = subprocess.run([case.jixiao, "extract", str(case.scratch / "documents"), "-o", str(out), *options])
    expect(done.returncode in (0, 1), "extract ended with %d" % done.returncode)
    subprocess.run([case.jixiao, "export", str(out), "--to", "csv", "--quiet"], check=True)
    return out / "csv", [json.loads(line) for line in open(out / "forms.jsonl", encoding="utf-8")]


def tables_are_those_of_export(case):
    delivery, records = what_extract_says(case)
    answers = jixiao_spark.envelopes(case.paths(case.documents), case.jixiao, OPTIONS, partitions=3).persist()
    star = jixiao_spark.star(answers)
    expect({path.stem for path in delivery.glob("*.csv")} == set(star), "tables: %s" % sorted(star))
    n_rows = 0
    for name, table in star.items():
        header, *rows = rows_of_csv(delivery / (name + ".csv"))
        expect(table.columns == header.split(","), "columns of %s: %s" % (name, table.columns))
        found = [",".join(map(field, row)) for row in table.collect()]
        different = (Counter(found) - Counter(rows)) + (Counter(rows) - Counter(found))
        expect(not different, "%s: %s" % (name, list(different)[:4]))
        n_rows += len(found)
    print("tables: %d rows of %d tables are those of jixiao export, keys and hashes too" % (n_rows, len(star)))

    fits = [Decimal(fund["amount"]) for record in records for fund in record["funds"] if not fund["amount"].startswith("37500.01234")]
    n_unfit = sum(len(record["funds"]) for record in records) - len(fits)
    expect(n_unfit > 0, "no amount is too long: %s is not in the documents" % UNFIT)
    truth = (sum(fits), n_unfit, sum(len(record["indicators"]) for record in records), len(records))
    counted = F.sum("amount"), F.count_if(F.col("amount").isNull())
    of_star = (*star["funds"].agg(*counted).first(), star["indicators"].count(), star["forms"].count())
    forms = jixiao_spark.forms(answers)
    of_forms = (*forms.select(F.inline("funds")).agg(*counted).first(), forms.select(F.explode("indicators")).count(), forms.count())
    expect(of_star == truth, "star has %s, and the records %s" % (of_star, truth))
    expect(of_forms == truth, "forms have %s, and the records %s" % (of_forms, truth))
    n_said = star["diagnostics"].where("code = 'decimal_unfit'").count()
    expect(n_said == n_unfit, "%d of %d amounts that do not fit are said" % (n_said, n_unfit))
    answers.unpersist()
    print("sums: %s yuan, %d amounts that do not fit and are said, %d indicators, %d forms: those of the records" % truth)


def paths_may_come_twice_or_be_null(case):
    path = case.documents[0]
    answers = jixiao_spark.envelopes(case.paths([path, None, path]), case.jixiao, OPTIONS, partitions=2).persist()
    rows = jixiao_spark.star(answers)["documents"].select("document_sk", "path").collect()
    expect(len({row.document_sk for row in rows}) == 3 and sorted(row.path for row in rows) == ["", path, path], rows)
    failed = [(row.path, row.code) for row in jixiao_spark.failed(answers).collect()]
    expect(failed == [("", "IO_NOT_FOUND")], failed)
    answers.unpersist()
    print("one path twice, and none: three documents with keys of their own, and one of them is failed")


def counts_are_checked(case):
    # The same file by two names: two documents of one key, which no table may have.
    path = case.documents[-1]
    answers = jixiao_spark.envelopes(case.paths([path, "file://" + path]), case.jixiao, OPTIONS, partitions=2)
    written = jixiao_submit.deliver(answers, str(case.scratch / "doubled"))
    expect(len(jixiao_submit.disagreements(2, written)) == 1, jixiao_submit.disagreements(2, written))
    expect(len(jixiao_submit.disagreements(3, written)) == 2, jixiao_submit.disagreements(3, written))
    print("counts: documents that share a key and a document too few are found")


def submit_writes_everything(case):
    paths = case.documents[:1] + case.documents[-5:] + [path for path, code in case.poison.items() if code == "IO_NOT_FOUND"]
    (case.scratch / "paths.txt").write_text("".join(path + "\n" for path in paths), encoding="utf-8")
    out = case.scratch / "delivered"
    home = pathlib.Path(pyspark.__file__).parent
    command = [str(home / "bin/spark-submit"), "--master", "local[2]", "--conf", "spark.ui.enabled=false",
               "--py-files", str(case.scratch / "jixiao_spark.zip"), str(HERE.parent / "jixiao_submit.py"),
               "--paths", str(case.scratch / "paths.txt"), "--out", str(out), "--jixiao", case.jixiao, "--", *OPTIONS]
    environment = {**os.environ, "SPARK_HOME": str(home), "PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable}
    done = subprocess.run(command, env=environment, cwd=case.scratch, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    expect(done.returncode == 0, "spark-submit ended with %d: %s" % (done.returncode, done.stderr[-3000:]))
    expect("%d documents, 1 of them failed" % len(paths) in done.stdout, done.stdout)
    tables = {path.name for path in out.iterdir()}
    awaited = {"envelopes", "failed", *(path.stem for path in (case.scratch / "run/csv").glob("*.csv"))}
    expect(tables == awaited, "written: %s" % sorted(tables))
    print("submit: %s" % done.stdout.strip().splitlines()[-1])


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="jixiao-spark-") as folder:
        case = Case(os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) == 3 else 60, pathlib.Path(folder))
        expect(len(case.documents) >= 12, "at least 12 documents are needed")
        try:
            for check in (silent_workers_fail_the_job, poison_is_answered, executors_may_die, tables_are_those_of_export,
                          paths_may_come_twice_or_be_null, counts_are_checked):
                began = time.monotonic()
                check(case)
                print("    (%.0f s)" % (time.monotonic() - began), flush=True)
        finally:
            case.spark.stop()
        submit_writes_everything(case)
    print("spark: of %d documents and %d poisoned ones, nothing is lost and nothing is doubled" % (len(case.documents), len(case.poison)))


main()
