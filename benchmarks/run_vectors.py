"""Verdicts of crmq against public vectors: e-mail addresses, phone numbers, tax and registry ids, postal codes.

    python benchmarks/run_vectors.py [--vectors ../shared/data/vectors] [--out benchmarks/results/vectors.json]

A value counts as accepted when its verdict is ``valid`` or ``possible``, and its standard form must then be the one of
the vectors. Every disagreement must be explained in ``vectors_explained.csv``; one that is not, or an explanation that
explains nothing, ends the run with exit code 1. Writes ``benchmarks/results/vectors.json``.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl
from processes import ROOT, machine

HERE = ROOT / "benchmarks"
EXPLAINED = HERE / "vectors_explained.csv"
ACCEPTED = ("valid", "possible")
STRICT = ("ISEMAIL_VALID_CATEGORY", "ISEMAIL_DNSWARN")
"""Categories of addresses that may be used as they are; the others follow some RFC, but no mail provider gives them."""
SCHEMES = {"es.cif": "ES:NIF", "es.dni": "ES:NIF", "es.nie": "ES:NIF"}
"""Scheme of crmq per module of the vectors, where the names differ."""


@dataclass(frozen=True)
class Case:
    """One value, what is true of it and what crmq says.

    Attributes:
        set: Which vectors.
        kind: The group within them that explanations may name.
        value: As given.
        usable: Whether it is a value of its kind.
        wanted: Its standard form, where the vectors tell.
        verdict, reason, form: Of crmq.
    """

    set: str
    kind: str
    value: str
    usable: bool
    wanted: str | None
    verdict: str
    reason: str
    form: str | None

    @property
    def accepted(self) -> bool:
        """Whether crmq takes it for a value of its kind."""
        return self.verdict in ACCEPTED

    @property
    def agrees(self) -> bool:
        """Whether crmq says what is true, and gives the form it should have."""
        same = self.accepted == self.usable
        return same and (not self.accepted or self.wanted is None or self.form == self.wanted)


def emails(folder: Path) -> Iterator[Case]:
    """Yield the addresses of isemail; its picture signs are the control characters that they stand for."""
    from crmq.values import email

    with (folder / "emails_isemail" / "emails.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    # crmq takes test@ for nobody's address whatever follows: another word shows what it says about the rest
    values = [_written(row["address"]).replace("test", "tess") for row in rows]
    judged = email.standardise(pl.Series(values, dtype=pl.String))
    for row, value, found in zip(rows, values, judged.iter_rows(named=True), strict=True):
        name, usable = row["category"].removeprefix("ISEMAIL_"), row["category"] in STRICT
        mended = found["value"] is not None and found["value"] != value.lower()
        reason = found["reason"] or ("mended" if mended else "")
        yield Case("e-mail", name, value, usable, None, found["verdict"], reason, found["value"])


def _written(text: str) -> str:
    return re.sub("[\u2400-\u241f]", lambda sign: chr(ord(sign.group()) - 0x2400), text)


def phones(folder: Path) -> Iterator[Case]:
    """Yield the example numbers of libphonenumber as they are dialled at home and from abroad."""
    from crmq.values import phone

    table = pl.read_csv(folder / "phones_fixed_line" / "phones.csv", infer_schema=False)
    for name, column, land in (
        ("phone, national", "national_format", table["region"]),
        ("phone, international", "international_format", None),
    ):
        judged = phone.standardise(table[column], land)
        for row, found in zip(table.iter_rows(named=True), judged.iter_rows(named=True), strict=True):
            usable = row["libphonenumber_valid"] == "true"
            yield Case(
                name, row["region"], row[column], usable, row["e164"], found["verdict"], found["reason"] or "",
                found["value"],
            )  # fmt: skip


def tax_ids(folder: Path) -> Iterator[Case]:
    """Yield the ids of the schemes that crmq knows, as a header would name them."""
    from crmq.values import identifier, identifier_schemes

    table = pl.read_csv(folder / "tax_and_registry_ids" / "ids.csv", infer_schema=False)
    for (module,), group in table.group_by("stdnum_module", maintain_order=True):
        scheme = SCHEMES.get(str(module), str(module).replace(".", ":").upper())
        if not identifier_schemes.by_name(scheme):
            continue
        judged = identifier.standardise(group["number"], scheme=scheme)
        for row, found in zip(group.iter_rows(named=True), judged.iter_rows(named=True), strict=True):
            yield Case(
                "tax id", str(module), row["number"], row["valid"] == "true", row["compact"], found["verdict"],
                found["reason"] or "", found["value"],
            )  # fmt: skip


def postal_codes(folder: Path) -> Iterator[Case]:
    """Yield the example codes, and the same with the last character taken away and with it doubled.

    What is true of them says the country's own pattern.
    """
    from crmq.values import postal_code

    table = pl.read_csv(folder / "postal_codes" / "postal_formats.csv", infer_schema=False)
    asked: list[tuple[str, str, bool]] = []
    for row in table.iter_rows(named=True):
        if not row["zip_regex"]:
            continue
        examples = [example for example in (row["examples"] or "").split(",") if example]
        made = {form for e in examples for form in (e, e[:-1].rstrip(" -"), e + e[-1]) if form}
        asked += [(row["country"], form, bool(re.fullmatch(row["zip_regex"], form))) for form in sorted(made)]
    lands, values = (pl.Series([one[at] for one in asked], dtype=pl.String) for at in (0, 1))
    judged = postal_code.standardise(values, lands)
    for (land, value, usable), found in zip(asked, judged.iter_rows(named=True), strict=True):
        yield Case("postal code", land, value, usable, None, found["verdict"], found["reason"] or "", found["value"])


SETS = (emails, phones, tax_ids, postal_codes)


def explanations() -> dict[tuple[str, str, str, str, str], str]:
    """Return why crmq disagrees: per set, kind (``*``: any), whether usable, verdict and reason."""
    with EXPLAINED.open(encoding="utf-8", newline="") as stream:
        return {
            (row["set"], row["kind"], row["usable"], row["verdict"], row["reason"]): row["why"]
            for row in csv.DictReader(stream)
        }


def judge(folder: Path) -> tuple[dict[str, object], list[str]]:
    """Return the results, and what is wrong with them: disagreements or explanations that stand alone."""
    known, used = explanations(), Counter[tuple[str, str, str, str, str]]()
    alone: list[str] = []
    sets: dict[str, Counter[str]] = {}
    for case in (case for make in SETS for case in make(folder)):
        counts = sets.setdefault(case.set, Counter())
        counts["usable" if case.usable else "unusable"] += 1
        if case.agrees:
            counts["accepted" if case.usable else "refused"] += 1
            continue
        rest = ("yes" if case.usable else "no", case.verdict, case.reason)
        keys = [(case.set, kind, *rest) for kind in (case.kind, "*")]
        key = next((key for key in keys if key in known), None)
        if key is None:
            alone.append(f"not explained: {asdict(case)}")
        else:
            used[key] += 1
    alone += [f"explains nothing: {','.join(key)}" for key in known if key not in used]
    told = [
        {"set": key[0], "kind": key[1], "usable": key[2], "verdict": key[3], "reason": key[4], "values": n,
         "why": known[key]}
        for key, n in sorted(used.items())
    ]  # fmt: skip
    return {"sets": {name: dict(counts) for name, counts in sets.items()}, "disagreements": told}, alone


def main() -> int:
    """Compare, write the results; 1 when a disagreement is not explained."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vectors", type=Path, default=ROOT.parent / "shared" / "data" / "vectors")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "vectors.json")
    options = parser.parse_args()
    results, alone = judge(options.vectors)
    for line in alone:
        print(line, file=sys.stderr)
    if alone:
        return 1
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps({"machine": machine(), **results}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
