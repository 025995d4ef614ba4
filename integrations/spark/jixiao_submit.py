"""Documents in, Parquet out: the star model of budget performance-target forms, and the documents that could not be read.

    spark-submit --py-files jixiao_spark.zip jixiao_submit.py --paths FILE_OR_GLOB --out DIR [--jixiao PATH] [-- OPTIONS OF jixiao worker]

FILE has a path a line; what has `*`, `?` or `[` in it is a glob of documents (`**` is any depth), looked up on the driver. Below DIR, which
must not be there yet, are `envelopes` (the answers as they came), `failed`, and a folder for each table. Exits with 1 if what was written
does not have every path exactly once, whatever became of it.
"""
from __future__ import annotations

import argparse
import glob
import os
import sys

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

import jixiao_spark


def listed(paths: str) -> list[str]:
    """The paths of a list or of a glob, sorted."""
    if glob.has_magic(paths):
        return sorted(os.path.abspath(path) for path in glob.iglob(paths, recursive=True) if os.path.isfile(path))
    with open(paths, encoding="utf-8", newline="\n") as lines:
        return sorted(filter(None, (line.rstrip("\r\n") for line in lines)))


def deliver(envelopes: DataFrame, out: str) -> dict[str, DataFrame]:
    """Writes everything, and returns what is there then.

    The answers are written first and read from there: no document is read twice, not even when an executor dies between two tables.
    """
    spark = envelopes.sparkSession
    envelopes.write.parquet(f"{out}/envelopes")
    answers = spark.read.parquet(f"{out}/envelopes")
    row_sets = jixiao_spark.row_sets(answers).persist(StorageLevel.MEMORY_AND_DISK)
    tables = {**jixiao_spark.tables(row_sets), "failed": jixiao_spark.failed(answers)}
    for name, table in tables.items():
        table.write.parquet(f"{out}/{name}")
    row_sets.unpersist()
    return {name: spark.read.parquet(f"{out}/{name}") for name in tables}


def disagreements(n_paths: int, written: dict[str, DataFrame]) -> list[str]:
    """Counts of what was written that are not what they must be."""
    documents = written["documents"]
    is_failed = F.col("status").isin("failed", "skipped").cast("long")
    n_documents, n_keys, n_forms, n_failed = documents.agg(
        F.count("*"), F.countDistinct("document_sk"), F.coalesce(F.sum("n_forms"), F.lit(0)), F.coalesce(F.sum(is_failed), F.lit(0))
    ).collect()[0]
    pairs = {
        "paths and documents": (n_paths, n_documents),
        "documents and their keys (a file under two names that mean the same?)": (n_documents, n_keys),
        "forms of the documents and rows of forms": (n_forms, written["forms"].count()),
        "failed documents and rows of failed": (n_failed, written["failed"].count()),
    }
    return [f"{what}: {one} and {other}" for what, (one, other) in pairs.items() if one != other]


def cut(arguments: list[str]) -> tuple[list[str], list[str]]:
    """What stands before the first `--`, and what behind it."""
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:at], arguments[at + 1 :]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--paths", required=True, metavar="FILE_OR_GLOB")
    parser.add_argument("--out", required=True, metavar="DIR", help="whatever Spark can write to")
    parser.add_argument("--jixiao", default="jixiao", metavar="PATH", help="the program, as the executors find it")
    parser.add_argument("--partitions", type=int, help="number of tasks; four a core without it")
    own, options = cut(sys.argv[1:])
    args = parser.parse_args(own)
    paths = listed(args.paths)
    if not paths:
        parser.error(f"no paths in {args.paths}")
    spark = SparkSession.builder.appName("jixiao").getOrCreate()
    try:
        asked = spark.createDataFrame([(path,) for path in paths], "path STRING")
        envelopes = jixiao_spark.envelopes(asked, args.jixiao, options, partitions=args.partitions)
        written = deliver(envelopes, args.out.rstrip("/"))
        wrong = disagreements(len(paths), written)
        print("%d documents, %d of them failed; %d forms" % tuple(written[name].count() for name in ("documents", "failed", "forms")))
    finally:
        spark.stop()
    for line in wrong:
        print(f"counts disagree: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
