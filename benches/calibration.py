#!/usr/bin/env python3
"""How far the confidence of recognised values can be believed.

    benches/calibration.py SCORE_PY TRUTH FORMS [FORMS ...] [--tags PREFIX ...] [--list]

SCORE_PY is the scorer of the corpus, whose pairing of forms and rows and whose comparison of values are used; FORMS is
written by `jixiao extract --provenance`. For each band of confidence: how many leaves have it, how many of them are
wrong, and how many of these have no diagnostic of their own (nor one of their row or form). Leaves of the truth that are
missing have no confidence and are not counted here. --list prints every wrong leaf that is said to be sure and without
a diagnostic. Needs Python's standard library.
"""
import argparse
import importlib.util
import json
from collections import defaultdict

BANDS = [0.0, 0.5, 0.8, 0.9, 0.95, 0.97, 0.99, 0.999]
SURE = 0.95


def load(path):
    spec = importlib.util.spec_from_file_location("score", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def wrong_pointers(score, truth, out, alts):
    """Pointers of the output's leaves, each with whether it is wrong, leniently compared."""
    found = {}
    head_t, head_o = score.flat_head(truth, True), score.flat_head(out, True)
    funds = {}
    for idx, fund in enumerate(out.get("funds") or []):
        category = fund.get("category")
        if out.get("family") != "department_overall_target" and category == "all":
            category = "project"
        path = "/funds/%s/%s/%s" % (category, fund.get("source"), fund.get("stage"))
        while path in funds:
            path += "+"
        if not score.absent(fund.get("amount")):
            funds[path] = "/funds/%d/amount" % idx
    for path, value in head_o.items():
        is_right = score.compare(path, head_t.get(path), value, alts, True)
        found[funds.get(path, path)] = (not is_right, head_t.get(path), value)
    for key in ("indicators", "tasks"):
        names = score.IND_ALIGN if key == "indicators" else score.TASK_ALIGN
        rows_t, rows_o = truth.get(key) or [], out.get(key) or []
        pairs = score.align_rows(rows_t, rows_o, names)
        partner = {j: i for i, j in pairs if i is not None and j is not None}
        for j, row in enumerate(rows_o):
            row_t = score.row_leaves(rows_t[partner[j]]) if j in partner else {}
            at = partner.get(j, 0)
            for name, value in score.row_leaves(row).items():
                path = "/%s/%d/%s" % (key, at, name)
                is_right = score.compare(path, row_t.get(name), value, alts, True)
                found["/%s/%d/%s" % (key, j, name)] = (not is_right, row_t.get(name), value)
    return found


def confidence_of(provenance, pointer):
    """The confidence of a leaf, or of the nearest value that holds it."""
    while pointer:
        at = provenance.get(pointer)
        if at is not None and at.get("confidence") is not None:
            return at["confidence"]
        pointer = pointer.rpartition("/")[0]
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("score")
    parser.add_argument("truth")
    parser.add_argument("forms", nargs="+")
    parser.add_argument("--tags", nargs="*", default=[])
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args()
    score = load(args.score)
    outs = defaultdict(list)
    for path in args.forms:
        for line in open(path, encoding="utf-8"):
            record = json.loads(line)
            outs[record["document"]["path"].rsplit("/", 1)[-1]].append(record)
    counts = {band: [0, 0, 0] for band in BANDS}
    n_leaves = n_wrong = n_unknown = n_silent = 0
    for line in open(args.truth, encoding="utf-8"):
        entry = json.loads(line)
        if args.tags and not any(tag.startswith(prefix) for tag in entry["tags"] for prefix in args.tags):
            continue
        forms = outs.get(entry["file"].rsplit("/", 1)[-1])
        if not forms:
            continue
        for i, j in score.pair_forms(entry["forms"], forms)[0]:
            out, alts = forms[j], (entry.get("alts") or [{}] * len(entry["forms"]))[i]
            said = [d["path"] for d in out["diagnostics"]]
            for pointer, (is_wrong, expected, value) in wrong_pointers(score, entry["forms"][i], out, alts).items():
                n_leaves += 1
                n_wrong += is_wrong
                confidence = confidence_of(out["provenance"], pointer)
                if confidence is None:
                    n_unknown += 1
                    continue
                is_said = any(p == pointer or pointer.startswith(p + "/") or p.startswith(pointer + "/") for p in said if p)
                band = max(b for b in BANDS if b <= confidence)
                counts[band][0] += 1
                counts[band][1] += is_wrong
                counts[band][2] += is_wrong and not is_said
                if is_wrong and not is_said and confidence >= SURE:
                    n_silent += 1
                    if args.list:
                        print(entry["file"], pointer, confidence, repr(expected)[:60], repr(value)[:60])
    print("confidence     leaves   wrong       %  silent")
    for low, high in zip(BANDS, BANDS[1:] + [1.0]):
        n, wrong, silent = counts[low]
        print("%.3f-%.3f  %9d  %6d  %6.2f  %6d" % (low, high, n, wrong, 100 * wrong / max(n, 1), silent))
    n, wrong = (sum(counts[b][k] for b in BANDS if b >= 0.99) for k in (0, 1))
    print("said >= 0.99: %d leaves, %.2f %% wrong" % (n, 100 * wrong / max(n, 1)))
    print("wrong, said >= %.2f, without a diagnostic: %d of %d leaves, %.2f %%" % (SURE, n_silent, n_leaves, 100 * n_silent / max(n_leaves, 1)))
    print("without a confidence: %d; wrong in all: %d" % (n_unknown, n_wrong))


main()
