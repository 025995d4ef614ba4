#!/usr/bin/env python3
"""Round trip: what is in the records is in every engine, to the last digit; a second load changes nothing; a second version leaves no orphan.

    tests/soak/warehouses.py JIXIAO FILE... [--require ENGINE,...]

Engines: duckdb, clickhouse (chdb, its library), pandas, spark (pip install duckdb chdb pandas pyarrow pyspark; Spark needs Java 17), sqlite (Python's own), postgres (apt install
postgresql: a server of its own is started in a folder of its own, on a socket that no one else has). What is not installed is left out and
said, or a failure with --require.
"""
import argparse
import decimal
import glob
import json
import os
import pathlib
import pwd
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

Decimal = decimal.Decimal
CHILDREN = ["functions", "funds", "tasks", "indicators", "attributes", "blanks", "checks", "provenance"]


def call(*command, **more):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if done.returncode != 0:
        sys.exit("%s\n%s: exit code %s" % (done.stdout, " ".join(map(str, command)), done.returncode))
    return done.stdout


class Versions:
    """A run of files, and a second version of it whose first text has lost half of its forms."""

    def __init__(self, jixiao, files, scratch):
        self.jixiao, self.folder = jixiao, scratch / "files"
        self.folder.mkdir()
        for nth, name in enumerate(files):
            shutil.copyfile(name, self.folder / ("%03d-%s" % (nth, os.path.basename(name))))
        self.first = self.run(scratch / "first")
        most = max(self.ledger(self.first), key=lambda line: line["forms"])
        assert most["forms"] >= 2, "none of the files has two forms"
        victim = self.folder / os.path.basename(most["path"])
        one = min((line for line in self.ledger(self.first) if line["forms"] == 1), key=lambda line: line["bytes"])
        shutil.copyfile(self.folder / os.path.basename(one["path"]), victim)
        self.second = self.run(scratch / "second")

    def run(self, out):
        done = subprocess.run([self.jixiao, "extract", "files", "-o", out, "--provenance", "--no-timing", "--quiet", "--ocr", "never"],
                              cwd=self.folder.parent)
        assert done.returncode in (0, 1), done.returncode
        for form in ("parquet", "csv", "ddl"):
            call(self.jixiao, "export", out, "--to", form, "--quiet")
        call(self.jixiao, "export", out, "--to", "parquet", "--partition-by", "fiscal_year,region", "-o", out / "parted", "--quiet")
        return out

    @staticmethod
    def ledger(run):
        return [json.loads(line) for line in open(run / "documents.jsonl", encoding="utf-8")]


def truth(run):
    """(sum of all amounts, number of indicators, number of forms) of the records."""
    records = [json.loads(line) for line in open(run / "forms.jsonl", encoding="utf-8")]
    amounts = [Decimal(fund["amount"]) for record in records for fund in record["funds"]]
    return sum(amounts, Decimal(0)), sum(len(record["indicators"]) for record in records), len(records)


def same(engine, what, found, run):
    found = (Decimal(found[0]), *map(int, found[1:]))
    if found != truth(run):
        sys.exit("%s, %s: %s, and the records have %s" % (engine, what, found, truth(run)))
    print("%-10s %-34s %s yuan, %s indicators, %s forms" % (engine, what, *found))


SUMS = "SELECT (SELECT sum(amount) FROM funds), (SELECT count(*) FROM indicators), (SELECT count(*) FROM forms)"


def no_orphans(engine, count):
    left = {table: count("SELECT count(*) FROM %s WHERE form_sk NOT IN (SELECT form_sk FROM forms)" % table) for table in CHILDREN}
    if any(left.values()):
        sys.exit("%s: orphans %s" % (engine, left))
    print("%-10s no orphans after a second version" % engine)


def duckdb_(versions, scratch):
    import duckdb

    run = versions.first
    # Amounts are texts in JSON: read as decimals, exactly.
    forms = "read_json('%s', format = 'newline_delimited', maximum_object_size = 100000000)" % (run / "forms.jsonl")
    with duckdb.connect() as con:
        lines = con.execute("""
            SELECT (SELECT sum(CAST(fund.amount AS DECIMAL(18, 4))) FROM (SELECT unnest(funds) AS fund FROM %s)),
                   (SELECT sum(len(indicators)) FROM %s), (SELECT count(*) FROM %s)""" % (forms, forms, forms)).fetchall()
        same("duckdb", "JSON Lines", lines[0], run)
        tables = {name: "read_parquet('%s/%s/**/*.parquet', hive_partitioning = false)" % (run / "parted", name)
                  for name in ("funds", "indicators", "forms")}
        sql = SUMS
        for name, source in tables.items():
            sql = sql.replace("FROM " + name, "FROM " + source)
        same("duckdb", "Parquet, parted", con.execute(sql).fetchall()[0], run)
    database = str(scratch / "x.duckdb")
    for what, run in (("first load", versions.first), ("second load", versions.first), ("second version", versions.second)):
        with duckdb.connect(database) as con:
            con.execute((run / "ddl/duckdb/schema.sql").read_text())
            before = os.getcwd()
            os.chdir(run / "parquet")
            try:
                con.execute((run / "ddl/duckdb/load.sql").read_text())
            finally:
                os.chdir(before)
            same("duckdb", "Parquet, " + what, con.execute(SUMS).fetchall()[0], run)
    with duckdb.connect(database) as con:
        no_orphans("duckdb", lambda sql: con.execute(sql).fetchall()[0][0])


def clickhouse_(versions, scratch):
    from chdb.session import Session

    con = Session(str(scratch / "clickhouse"))

    def load(script):
        # One statement at a time, as its client sends them; comments stand on lines of their own.
        text = re.sub("^--.*$", "", script.read_text(encoding="utf-8"), flags=re.M)
        for statement in filter(str.strip, re.split(r";\s*\n", text)):
            con.query(statement)

    before = os.getcwd()
    try:
        for what, run in (("first load", versions.first), ("second load", versions.first), ("second version", versions.second)):
            os.chdir(run / "parquet")
            load(run / "ddl/clickhouse/schema.sql")
            load(run / "ddl/clickhouse/load.sql")
            same("clickhouse", "Parquet, " + what, str(con.query(SUMS, "TSV")).strip().split("\t"), run)
        no_orphans("clickhouse", lambda sql: int(str(con.query(sql, "TSV"))))
    finally:
        os.chdir(before)
        con.close()


def pandas_(versions, _):
    import pandas

    records = pandas.read_json(versions.first / "forms.jsonl", lines=True, dtype=False)
    amounts = (Decimal(fund["amount"]) for funds in records["funds"] for fund in funds)
    same("pandas", "JSON Lines", (sum(amounts, Decimal(0)), records["indicators"].map(len).sum(), len(records)), versions.first)
    folder = versions.first / "parquet"
    amounts = pandas.read_parquet(folder / "funds.parquet")["amount"]
    rows = [len(pandas.read_parquet(folder / (name + ".parquet"))) for name in ("indicators", "forms")]
    same("pandas", "Parquet", (sum(amounts, Decimal(0)), *rows), versions.first)


def sqlite_(versions, scratch):
    database = scratch / "x.sqlite"
    with sqlite3.connect(":memory:") as con:
        con.execute("CREATE TABLE raw (j)")
        with open(versions.first / "forms.jsonl", encoding="utf-8") as lines:
            con.executemany("INSERT INTO raw VALUES (?)", ((line,) for line in lines))
        # SQLite has no decimals: the amounts are added up by Python, which reads them as the texts that they are.
        amounts = con.execute("SELECT fund.value ->> 'amount' FROM raw, json_each(j, '$.funds') AS fund").fetchall()
        counts = con.execute("SELECT (SELECT sum(json_array_length(j, '$.indicators')) FROM raw), (SELECT count(*) FROM raw)").fetchone()
        same("sqlite", "JSON Lines", (sum((Decimal(amount) for amount, in amounts), Decimal(0)), *counts), versions.first)
    for what, run in (("first load", versions.first), ("second load", versions.first), ("second version", versions.second)):
        call(versions.jixiao, "export", run, "--to", "sqlite", "-o", database, "--quiet")
        with sqlite3.connect(database) as con:
            found = con.execute(SUMS.replace("sum(amount)", "sum(amount_e4)")).fetchone()
            same("sqlite", what, (Decimal(found[0]) / 10000, *found[1:]), run)
            con.execute("PRAGMA foreign_key_check").fetchall()
    with sqlite3.connect(database) as con:
        no_orphans("sqlite", lambda sql: con.execute(sql).fetchone()[0])


def spark_(versions, _):
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as F

    spark = (SparkSession.builder.master("local[2]").appName("warehouses").config("spark.ui.enabled", "false")
             .config("spark.ui.showConsoleProgress", "false").getOrCreate())
    spark.sparkContext.setLogLevel("OFF")
    try:
        run = versions.first
        # Amounts are texts in JSON: read as decimals, exactly.
        columns = "funds ARRAY<STRUCT<amount: DECIMAL(18, 4)>>, indicators ARRAY<STRUCT<level1: STRING>>"
        forms = spark.read.schema(columns).option("mode", "FAILFAST").json(str(run / "forms.jsonl"))
        amount = forms.select(F.explode("funds.amount").alias("amount")).agg(F.sum("amount")).first()[0]
        same("spark", "JSON Lines", (amount, forms.agg(F.sum(F.size("indicators"))).first()[0], forms.count()), run)
        for what, folder in (("Parquet", run / "parquet"), ("Parquet, parted", run / "parted")):
            for name in ("funds", "indicators", "forms"):
                path = folder / name if (folder / name).is_dir() else folder / (name + ".parquet")
                spark.read.parquet(str(path)).createOrReplaceTempView(name)
            same("spark", what, spark.sql(SUMS).first(), run)
    finally:
        spark.stop()


class Postgres:
    """A server in a folder of its own."""

    def __init__(self, scratch):
        self.folder = scratch / "postgres"
        self.folder.mkdir()
        self.bin = pathlib.Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))[-1])
        # The server refuses to run as root.
        self.user = None
        if os.geteuid() == 0:
            self.user = next(name for name in ("postgres", "nobody") if name in {entry.pw_name for entry in pwd.getpwall()})
            shutil.chown(self.folder, self.user)
            for parent in (self.folder.parent, self.folder.parent.parent):
                parent.chmod(parent.stat().st_mode | 0o711)

    def call(self, *command):
        return call(*command, user=self.user) if self.user else call(*command)

    def __enter__(self):
        data = self.folder / "data"
        self.call(self.bin / "initdb", "-D", data, "-U", "jixiao", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        with open(self.folder.parent / "postgres.log", "w") as log:
            options = "-c listen_addresses='' -c unix_socket_directories='%s' -c fsync=off" % self.folder
            start = [str(self.bin / "pg_ctl"), "-D", str(data), "-w", "-o", options, "start"]
            subprocess.run(start, stdout=log, stderr=log, check=True, user=self.user)
        return self

    def __exit__(self, *_):
        self.call(self.bin / "pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")

    def psql(self, *arguments, folder="."):
        return call("psql", "-X", "-q", "-h", self.folder, "-U", "jixiao", "-d", "postgres", "-v", "ON_ERROR_STOP=1", *arguments, cwd=folder)


def postgres_(versions, scratch):
    with Postgres(scratch) as server:
        def row(sql):
            return server.psql("-At", "-F", "\t", "-c", sql).strip().split("\t")

        for what, run in (("first load", versions.first), ("second load", versions.first), ("second version", versions.second)):
            server.psql("-f", run / "ddl/postgres/schema.sql")
            # Not quiet: what each statement did is counted.
            said = call("psql", "-X", "-h", server.folder, "-U", "jixiao", "-d", "postgres", "-f", run / "ddl/postgres/load.sql", cwd=run / "csv")
            changed = sum(map(int, re.findall(r"^(?:DELETE|INSERT 0) (\d+)$", said, re.M)))
            same("postgres", "%s, %d rows changed" % (what, changed), row(SUMS), run)
            if (changed == 0) != (what == "second load"):
                sys.exit("postgres, %s: %d rows changed" % (what, changed))
        no_orphans("postgres", lambda sql: int(row(sql)[0]))
        # Lines are one text each: neither of these two characters is in JSON.
        server.psql("-c", "CREATE TABLE raw (j jsonb)")
        server.psql("-c", r"\copy raw FROM 'forms.jsonl' (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')", folder=versions.first)
        same("postgres", "JSON Lines", row("""
            SELECT (SELECT sum((fund ->> 'amount')::numeric) FROM raw, jsonb_array_elements(j -> 'funds') AS fund),
                   (SELECT sum(jsonb_array_length(j -> 'indicators')) FROM raw), (SELECT count(*) FROM raw)"""), versions.first)


def why_not(engine):
    """Why an engine cannot be had; `None` if it can."""
    if engine == "postgres":
        return None if glob.glob("/usr/lib/postgresql/*/bin/initdb") and shutil.which("psql") else "no postgresql"
    if engine == "sqlite":
        return None if sqlite3.sqlite_version_info >= (3, 37) else "SQLite %s of Python is older than 3.37" % sqlite3.sqlite_version
    try:
        for module in {"duckdb": ["duckdb"], "clickhouse": ["chdb"], "pandas": ["pandas", "pyarrow"], "spark": ["pyspark"]}[engine]:
            __import__(module)
    except ImportError as error:
        return str(error)
    return "no java" if engine == "spark" and not shutil.which("java") else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jixiao")
    parser.add_argument("files", nargs="+")
    parser.add_argument("--require", default="", help="engines that must be there, with commas between them")
    args = parser.parse_args()
    engines = {"duckdb": duckdb_, "clickhouse": clickhouse_, "pandas": pandas_, "spark": spark_, "sqlite": sqlite_, "postgres": postgres_}
    required = set(filter(None, args.require.split(",")))
    if required - set(engines):
        sys.exit("unknown: %s" % ", ".join(sorted(required - set(engines))))
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        versions = Versions(os.path.abspath(args.jixiao), args.files, scratch)
        for engine, check in engines.items():
            reason = why_not(engine)
            if reason is None:
                check(versions, scratch)
            elif engine in required:
                sys.exit("%s is required: %s" % (engine, reason))
            else:
                print("%-10s skipped: %s" % (engine, reason))
    print("warehouses: what is in the records is in each of them")


main()
