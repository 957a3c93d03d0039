"""Twenty usual checks on the wide table, as data: every engine of ``run_rules.py`` is given the same ones.

A missing cell passes everything but ``not_null``. Only the standard library is imported, because the peers run in an
environment of their own.
"""

from __future__ import annotations

CHECKS: list[dict] = [
    {"kind": "not_null", "column": "record_id"},
    {"kind": "unique", "column": "record_id"},
    {"kind": "regex", "column": "record_id", "pattern": r"^\d{7,8}$"},
    {"kind": "not_null", "column": "last_name"},
    {"kind": "length", "column": "last_name", "min": 2, "max": 40},
    {"kind": "length", "column": "first_name", "min": 2, "max": 30},
    {"kind": "regex", "column": "email", "pattern": r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$"},
    {"kind": "not_null", "column": "email"},
    {"kind": "regex", "column": "phone", "pattern": r"^\+?[0-9 ().-]{7,20}$"},
    {"kind": "in_set", "column": "country", "values": ["ES", "FR", "MX", "US"]},
    {"kind": "regex", "column": "postal_code", "pattern": r"^\d{5}$"},
    {"kind": "length", "column": "street", "min": 5, "max": 60},
    {"kind": "regex", "column": "birth_date", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
    {"kind": "regex", "column": "created_at", "pattern": r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$"},
    {"kind": "in_set", "column": "stage", "values": ["Lead", "Opportunity", "Customer", "Evangelist"]},
    {"kind": "in_set", "column": "lead_source", "values": ["Web", "Fair", "Referral", "Phone", "Partner"]},
    {"kind": "range", "column": "revenue", "min": 1, "max": 100000},
    {"kind": "range", "column": "employees", "min": 1, "max": 4000},
    {"kind": "regex", "column": "last_contact", "pattern": r"^\d{2}/\d{2}/\d{4}$"},
    {"kind": "regex", "column": "website", "pattern": r"^www\.[a-z0-9]+\.com$"},
]
NUMBERS = ("revenue", "employees")
"""Columns that are read as numbers by the engines that need it."""


def pack() -> dict:
    """Return the checks as a rule pack."""
    rules = []
    for number, check in enumerate(CHECKS, start=1):
        params = {k: v for k, v in check.items() if k not in ("kind", "column")}
        rules.append({
            "id": f"BENCH-{number:03d}", "name": f"bench.c{number:02d}", "kind": check["kind"],
            "field": check["column"], "params": params, "dimension": "validity",
            "message": f"{check['kind']} {check['column']}",
        })  # fmt: skip
    return {"pack": "bench", "title": "Twenty checks", "applies_to": {"table": "raw"}, "rules": rules}
