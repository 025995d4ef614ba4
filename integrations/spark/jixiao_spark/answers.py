"""Answers become typed rows: a document each, a form each. Nothing is computed in Python."""
from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

# What the record is, in the words of Spark (schema/form.json has it in JSON Schema). Decimals are texts here: `exact` reads them.
_FINDINGS = "ARRAY<STRUCT<code: STRING, severity: STRING, path: STRING, message: STRING>>"
_NAMED = "STRUCT<code: STRING, name: STRING>"
_FORM = f"""STRUCT<
    form_id: STRING,
    document: STRUCT<id: STRING, path: STRING, pages: ARRAY<INT>, lines: ARRAY<INT>, source: STRING>,
    family: STRING, grammar: STRING, title: STRING, fiscal_year: INT, amount_unit: STRING,
    department: {_NAMED}, budget_unit: {_NAMED},
    project: STRUCT<code: STRING, name: STRING, region_code: STRING, setup_year: INT, category: STRING, serial: STRING>,
    functions: ARRAY<{_NAMED}>, contact: STRUCT<person: STRING, phone: STRING>, execution_rate_weight: STRING,
    funds: ARRAY<STRUCT<category: STRING, source: STRING, stage: STRING, amount: STRING>>,
    annual_goal: STRING, actual_result: STRING,
    tasks: ARRAY<STRUCT<name: STRING, content: STRING, amount: STRING>>,
    indicators: ARRAY<STRUCT<
        level1: STRING, level2: STRING, level3: STRING, operator: STRING, target: STRING, target_current: STRING,
        measure_unit: STRING, weight: STRING, weight_current: STRING, actual: STRING, score: STRING, deviation: STRING, note: STRING>>,
    total_score: STRING, remarks: STRING, attributes: ARRAY<STRUCT<label: STRING, value: STRING>>,
    empty: MAP<STRING, STRING>, confidence: DOUBLE,
    checks: ARRAY<STRUCT<rule: STRING, outcome: STRING>>, diagnostics: {_FINDINGS},
    provenance: MAP<STRING, STRUCT<page: INT, bbox: ARRAY<DOUBLE>, line: INT, raw: STRING, confidence: DOUBLE>>>"""
_DOCUMENT = f"""STRUCT<
    id: STRING, path: STRING, path_b64: STRING, bytes: BIGINT, status: STRING, pages: INT, forms: INT,
    families: ARRAY<STRING>, sources: ARRAY<STRING>, coverage: DOUBLE, residue_chars: BIGINT,
    diagnostics: {_FINDINGS}, elapsed_ms: BIGINT>"""
# At most 14 digits before the point and 4 behind it, but for zeros: what DECIMAL(18, 4) holds to the last digit.
_FITS = r"^-?0*[0-9]{1,14}(\.[0-9]{0,4}0*)?$"


def exact(text: Column) -> Column:
    """A decimal of the record as DECIMAL(18, 4); null where it would have to be rounded."""
    return F.when(text.rlike(_FITS), text.cast("decimal(18,4)"))


def documents(envelopes: DataFrame) -> DataFrame:
    """One row a document, whatever became of it: a line of `documents.jsonl`, typed."""
    return _parsed(envelopes, f"document: {_DOCUMENT}").select("answer.document.*")


def failed(envelopes: DataFrame) -> DataFrame:
    """The documents that are `failed` or `skipped`: the path as asked for, and what was found first."""
    answers = _parsed(envelopes, f"document: {_DOCUMENT}").select("path", "answer.document")
    first = F.get("document.diagnostics", F.lit(0))
    return answers.where(F.col("document.status").isin("failed", "skipped")).select(
        "path", F.col("document.id").alias("document_id"), "document.status", first["code"].alias("code"), first["message"].alias("message")
    )


def forms(envelopes: DataFrame) -> DataFrame:
    """One row a form: the record with its lists and structures. A decimal that does not fit is null; `star` says which."""
    form = _parsed(envelopes, f"forms: ARRAY<{_FORM}>").select(F.inline("answer.forms"))
    return form.withColumns({
        "execution_rate_weight": exact(F.col("execution_rate_weight")),
        "total_score": exact(F.col("total_score")),
        "funds": _with_exact("funds", "amount"),
        "tasks": _with_exact("tasks", "amount"),
        "indicators": _with_exact("indicators", "weight", "weight_current"),
    })


def _parsed(envelopes: DataFrame, fields: str) -> DataFrame:
    """Envelopes with these fields of theirs in `answer`; what is not of this shape fails the job."""
    answer = F.from_json("envelope", f"STRUCT<{fields}>", {"mode": "FAILFAST"})
    return envelopes.select("path", answer.alias("answer"))


def _with_exact(name: str, *fields: str) -> Column:
    def one(item: Column) -> Column:
        for field in fields:
            item = item.withField(field, exact(item[field]))
        return item

    return F.transform(name, one)
