"""Forms of budget performance targets (预算绩效目标表) in Spark, read by `jixiao worker`.

`envelopes` has documents read, one answer each; `documents`, `failed`, `forms` and `star` make tables of the answers.
"""
from .answers import documents, failed, forms
from .star import row_sets, star, tables
from .worker import WorkerError, envelopes

__all__ = ["WorkerError", "documents", "envelopes", "failed", "forms", "row_sets", "star", "tables"]
