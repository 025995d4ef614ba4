"""Answers become the star model: the tables, columns, keys and values of `jixiao export` (src/export/tables.rs and rows.rs)."""
from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from importlib import resources
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, DecimalType, DoubleType, IntegerType, LongType, StringType, StructField, StructType

from . import keys

_KINDS: dict[str, DataType] = {
    "text": StringType(), "int32": IntegerType(), "int64": LongType(), "double": DoubleType(), "decimal": DecimalType(18, 4),
}


def _schema(row: dict[str, Any]) -> StructType:
    return StructType([
        StructField(name, _KINDS[column.get("format", "text")], "null" in column["type"]) for name, column in row["properties"].items()
    ])


def _schemas() -> dict[str, StructType]:
    """Of each table, from the copy of `jixiao schema tables` that is in this package."""
    text = resources.files(__package__).joinpath("tables.schema.json").read_text(encoding="utf-8")
    return {name: _schema(row) for name, row in json.loads(text)["$defs"].items()}


SCHEMAS: dict[str, StructType] = _schemas()
_ROW_SETS = StructType([StructField(name, ArrayType(schema, False), False) for name, schema in SCHEMAS.items()])


def star(envelopes: DataFrame) -> dict[str, DataFrame]:
    """The tables of the star model, by name. Each is made of the envelopes anew: persist them, or use `row_sets` and `tables`."""
    return tables(row_sets(envelopes))


def row_sets(envelopes: DataFrame) -> DataFrame:
    """One row a document, and in it for each table the document's rows. Persist this to make all tables in one pass."""
    rows = envelopes.select("envelope", "n_before").rdd.map(_row_set)
    return envelopes.sparkSession.createDataFrame(rows, _ROW_SETS, verifySchema=False)


def tables(row_sets: DataFrame) -> dict[str, DataFrame]:
    """The tables of `row_sets`, by name."""
    return {name: row_sets.select(F.inline(name)) for name in SCHEMAS}


def _row_set(row: Row) -> tuple[list[tuple[Any, ...]], ...]:
    answer = json.loads(row.envelope)
    rows = DocumentRows(answer["document"], answer["forms"], row.n_before)
    return tuple(rows.tables[name] for name in SCHEMAS)


# As in rows.rs: whole digits, and four behind the point but for zeros.
_FITS = re.compile(r"-?0*[0-9]{1,14}(\.[0-9]{0,4}0*)?")


class DocumentRows:
    """The rows of a document, table by table."""

    def __init__(self, document: dict[str, Any], forms: list[dict[str, Any]], n_before: int) -> None:
        self.tables: dict[str, list[tuple[Any, ...]]] = {name: [] for name in SCHEMAS}
        self.document_sk = keys.document_sk(document, n_before)
        self.tables["documents"].append((
            self.document_sk, document["id"], document["path"], document.get("path_b64"), document["bytes"], document["status"],
            document["pages"], document["forms"], ",".join(document["families"]), ",".join(document["sources"]),
            _double(document["coverage"]), document["residue_chars"], document["elapsed_ms"],
        ))
        self._findings(None, document["diagnostics"])
        n_of_subject: Counter[str] = Counter()
        for ordinal, form in enumerate(forms, 1):
            subject = keys.subject(form)
            form_key = None
            if subject is not None:
                n_of_subject[subject] += 1
                form_key = keys.form_key(subject, n_of_subject[subject])
            self._form(form, ordinal, form_key)

    def _form(self, form: dict[str, Any], ordinal: int, form_key: str | None) -> None:
        form_sk = keys.form_sk(self.document_sk, ordinal)
        head = (self.document_sk, form_sk)
        document = form["document"]
        self.tables["forms"].append((
            form_sk, self.document_sk, form["form_id"], ordinal, form_key, keys.content_hash(form), form["family"], form["grammar"],
            form["title"], form["fiscal_year"], form["amount_unit"], *(document["pages"] or (None, None)),
            *(document["lines"] or (None, None)), document["source"], *_fields(form["department"], "code", "name"),
            *_fields(form["budget_unit"], "code", "name"),
            *_fields(form["project"], "code", "name", "region_code", "setup_year", "category", "serial"),
            *_fields(form["contact"], "person", "phone"),
            self._decimal(form_sk, form["execution_rate_weight"], "/execution_rate_weight"), form["annual_goal"], form["actual_result"],
            self._decimal(form_sk, form["total_score"], "/total_score"), form["remarks"], _double(form["confidence"]),
        ))
        for position, function in enumerate(form["functions"], 1):
            self.tables["functions"].append((*head, position, *_fields(function, "code", "name")))
        for position, fund in enumerate(form["funds"], 1):
            amount = self._decimal(form_sk, fund["amount"], f"/funds/{position - 1}/amount")
            self.tables["funds"].append((*head, position, *_fields(fund, "category", "source", "stage"), amount))
        for position, task in enumerate(form["tasks"], 1):
            amount = self._decimal(form_sk, task["amount"], f"/tasks/{position - 1}/amount")
            self.tables["tasks"].append((*head, position, *_fields(task, "name", "content"), amount))
        for position, indicator in enumerate(form["indicators"], 1):
            weights = [self._decimal(form_sk, indicator[key], f"/indicators/{position - 1}/{key}") for key in ("weight", "weight_current")]
            self.tables["indicators"].append((
                *head, position,
                *_fields(indicator, "level1", "level2", "level3", "operator", "target", "target_current", "measure_unit"),
                *weights, *_fields(indicator, "actual", "score", "deviation", "note"),
            ))
        for position, attribute in enumerate(form["attributes"], 1):
            self.tables["attributes"].append((*head, position, *_fields(attribute, "label", "value")))
        self.tables["blanks"] += [(*head, path, kind) for path, kind in form["empty"].items()]
        self.tables["checks"] += [(*head, *_fields(check, "rule", "outcome")) for check in form["checks"]]
        self._findings(form_sk, form["diagnostics"])
        for path, place in form.get("provenance", {}).items():
            sides = map(_double, place["bbox"] or (None,) * 4)
            self.tables["provenance"].append((
                *head, path, place["page"], *sides, place["line"], place["raw"], _double(place["confidence"]),
            ))

    def _findings(self, form_sk: int | None, findings: list[dict[str, Any]]) -> None:
        rows = self.tables["diagnostics"]
        for finding in findings:
            rows.append((self.document_sk, len(rows) + 1, form_sk, *_fields(finding, "code", "severity", "path", "message")))

    def _decimal(self, form_sk: int, text: str | None, path: str) -> Decimal | None:
        """A decimal, exactly; one that does not fit is said, never rounded."""
        if text is None:
            return None
        if _FITS.fullmatch(text):
            return Decimal(text)
        message = f"{text} does not fit DECIMAL(18, 4)"
        self._findings(form_sk, [{"code": "decimal_unfit", "severity": "warning", "path": path, "message": message}])
        return None


def _fields(item: dict[str, Any] | None, *names: str) -> Iterator[Any]:
    return (None if item is None else item[name] for name in names)


def _double(number: float | None) -> float | None:
    """JSON has `1.0` and may have `1`; Spark takes only the first for a double."""
    return None if number is None else float(number)
