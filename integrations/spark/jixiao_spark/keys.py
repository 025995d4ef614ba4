"""Keys of the star model, the same as `jixiao export` gives (src/export/keys.rs): cut from SHA-256 of parts, each behind its length."""
from __future__ import annotations

import hashlib
import json
from typing import Any

_READING: dict[str, Any] = {
    "form_id": "",
    "document": {"id": "", "path": "", "pages": None, "lines": None, "source": ""},
    "grammar": "",
    "confidence": None,
    "checks": [],
    "diagnostics": [],
}


def document_sk(document: dict[str, Any], n_before: int) -> int:
    """Key of a document: of its path, and of how many inputs of the same path were before it."""
    path = document.get("path_b64") or document["path"]
    parts = [b"jixiao.document", path.encode()]
    return _number(parts + [n_before.to_bytes(8, "big")] if n_before else parts)


def form_sk(document: int, ordinal: int) -> int:
    """Key of a form: of the key of its document, and its ordinal from 1."""
    return _number([b"jixiao.form", document.to_bytes(8, "big"), ordinal.to_bytes(4, "big")])


def subject(form: dict[str, Any]) -> str | None:
    """What a form is about: family, unit, project and year; `None` where neither unit nor project is printed."""
    unit = _named(form["budget_unit"] if form["budget_unit"] is not None else form["department"])
    project = _named(form["project"])
    if unit is None and project is None:
        return None
    year = form["fiscal_year"]
    return "\0".join([form["family"], unit or "", project or "", "" if year is None else str(year)])


def form_key(subject: str, nth: int) -> str:
    """Key of a form across documents: of its subject, and its ordinal among the forms of its document that share it."""
    return _hex([b"jixiao.form_key", subject.encode(), nth.to_bytes(4, "big")])


def content_hash(form: dict[str, Any]) -> str:
    """Hash of what a form says, without how and where it was read.

    Python writes the JSON as serde_json does: keys stay in their order, the same characters are escaped, and no number of the content
    has a fraction.
    """
    content = {name: _READING.get(name, value) for name, value in form.items() if name != "provenance"}
    return _hex([b"jixiao.content", json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()])


def _named(named: dict[str, Any] | None) -> str | None:
    for what in ("code", "name"):
        if named is not None and named[what] is not None:
            return f"{what}:{named[what]}"
    return None


def _digest(parts: list[bytes]) -> bytes:
    return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()


def _number(parts: list[bytes]) -> int:
    return int.from_bytes(_digest(parts)[:8], "big") & (2**63 - 1)


def _hex(parts: list[bytes]) -> str:
    return _digest(parts)[:16].hex()
