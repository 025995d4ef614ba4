"""Documents are read: paths go through `jixiao worker`, and no task ends before each of its paths is answered."""
from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame, Row, Window
from pyspark.sql import functions as F
from pyspark.sql.types import LongType, StringType, StructField, StructType

ENVELOPE_SCHEMA = "jixiao.envelope/1"
# The child of RDD.pipe has this environment and no other: without PATH no program is found by its name.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
# The last question of every task asks for no file. It is answered after all others, and its id tells which they were.
END = "end"

_SCHEMA = StructType([
    StructField("path", StringType(), False),
    StructField("n_before", LongType(), False),
    StructField("envelope", StringType(), False),
])


class WorkerError(RuntimeError):
    """A worker did not answer what it was asked: the task fails, and Spark tries it again."""


def envelopes(
    paths: DataFrame,
    jixiao: str | Sequence[str] = "jixiao",
    options: Sequence[str] = (),
    *,
    partitions: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> DataFrame:
    """Has each path of the column `path` read: one row a path, with the worker's answer as JSON in `envelope`.

    `jixiao` is the program as the executors find it, or a command that begins with it; `options` are those of `jixiao worker`.
    There are `partitions` tasks (four a core unless said otherwise), each with a worker of its own. `environment` is added to
    `ENVIRONMENT`. `n_before` counts the rows of the same path before this one. What cannot be read is answered, too: see `failed`.
    A path that is null is taken for the empty one, which cannot be read.

    Nothing is kept: every action on the result reads the documents again. Write it down, or `persist` it, before it is used twice.
    """
    spark = paths.sparkSession
    command = shlex.join([*([jixiao] if isinstance(jixiao, str) else jixiao), "worker", *options])
    n_tasks = partitions or 4 * spark.sparkContext.defaultParallelism
    # By hash and in order: a task that is tried again is asked the same as the first time. (A plain repartition does not promise that.)
    same_path = Window.partitionBy("path").orderBy(F.lit(0))
    asked = (
        paths.select(F.coalesce(F.col("path").cast("string"), F.lit("")).alias("path"))
        .repartition(n_tasks, "path")
        .withColumn("n_before", F.row_number().over(same_path).cast("long") - 1)
        .sortWithinPartitions("path", "n_before")
    )
    answers = asked.rdd.mapPartitions(_questions).pipe(command, {**ENVIRONMENT, **(environment or {})}, checkCode=True)
    return spark.createDataFrame(answers.mapPartitions(_checked), _SCHEMA, verifySchema=False)


class _Tally:
    """How many questions, and which: the digest of their ids."""

    def __init__(self) -> None:
        self.n = 0
        self._digest = hashlib.sha256()

    def add(self, given: list[Any]) -> None:
        self.n += 1
        self._digest.update(json.dumps(given).encode() + b"\n")

    def end(self) -> list[Any]:
        """The id of the last question, which has the tally of those before it."""
        return [self.n, END, self._digest.hexdigest()]


def _questions(rows: Iterable[Row]) -> Iterator[str]:
    """A line of JSON for each path, whatever its characters, and one that asks for no file.

    Never raises: RDD.pipe calls it in a thread of its own, and if that ended the worker would wait for its input for ever.
    """
    tally = _Tally()
    for row in rows:
        given = [tally.n, row.n_before, row.path]
        tally.add(given)
        yield json.dumps({"path": row.path, "id": given})
    yield json.dumps({"path": "", "id": tally.end()})


def _checked(answers: Iterable[str]) -> Iterator[tuple[str, int, str]]:
    """The answers, if they are those to all questions of a task, in order and each once."""
    tally, has_ended = _Tally(), False
    for line in answers:
        given = _id_of(line, tally.n)
        if has_ended or given[0] != tally.n:
            raise WorkerError(f"the answer to question {tally.n} is awaited, and there is one to {given}")
        if given[1] == END:
            if given != tally.end():
                raise WorkerError(f"the {tally.n} answers bear other ids than the questions")
            has_ended = True
            continue
        tally.add(given)
        _, n_before, path = given
        yield path, n_before, line
    if not has_ended:
        raise WorkerError(f"the worker ended after {tally.n} answers, and was asked for more")


def _id_of(line: str, n: int) -> list[Any]:
    """The `id` of an answer, which is whole JSON of the schema that is known."""
    try:
        answer = json.loads(line)
    except ValueError as error:
        raise WorkerError(f"answer {n} is no JSON: {error}: {line[:200]}") from error
    given = answer.get("id") if isinstance(answer, dict) and answer.get("schema") == ENVELOPE_SCHEMA else None
    if not isinstance(given, list) or len(given) != 3:
        raise WorkerError(f"answer {n} is no {ENVELOPE_SCHEMA} with one of our ids: {line[:200]}")
    return given
