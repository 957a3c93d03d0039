"""Runs the twenty checks with one of the peers and prints how many rows fail each, as JSON.

    python rules_peers.py gx|pandera|pointblank|polars TABLE.csv

Every engine reads the table itself, as text but for the two numeric columns, and gives the failing counts; GX is asked
for its ``SUMMARY`` result (counts and twenty examples), which is what its validation reports need.
"""

from __future__ import annotations

import json
import sys

from rules_checks import CHECKS, NUMBERS


def _polars(path: str):
    import polars as pl

    kinds = dict.fromkeys(NUMBERS, pl.Float64)
    return pl.read_csv(path, infer_schema=False, schema_overrides=kinds)


def _condition(check: dict):
    """Return a check as a Polars expression; null where it does not apply."""
    import polars as pl

    column = pl.col(check["column"])
    if check["kind"] == "not_null":
        return column.is_not_null()
    if check["kind"] == "unique":
        return pl.when(column.is_not_null()).then(~column.is_duplicated())
    if check["kind"] == "regex":
        return column.str.contains(check["pattern"])
    if check["kind"] == "length":
        return column.str.len_chars().is_between(check["min"], check["max"])
    if check["kind"] == "in_set":
        return column.is_in(check["values"])
    return column.is_between(check["min"], check["max"])


def by_polars(path: str) -> list[int]:
    """Run the checks written by hand as one query."""
    frame = _polars(path)
    return list(
        frame.lazy().select((~_condition(c)).sum().alias(str(i)) for i, c in enumerate(CHECKS)).collect().row(0)
    )


def by_pandera(path: str) -> list[int]:
    """Run them as a pandera schema on Polars, all failures collected."""
    import pandera.polars as pa

    frame = _polars(path)
    columns: dict[str, dict] = {}
    for number, check in enumerate(CHECKS):
        made = columns.setdefault(check["column"], {"nullable": True, "unique": False, "checks": []})
        name = str(number)
        if check["kind"] == "not_null":
            made["nullable"] = False
        elif check["kind"] == "unique":
            made["unique"] = True
        elif check["kind"] == "regex":
            made["checks"].append(pa.Check.str_matches(check["pattern"], name=name))
        elif check["kind"] == "length":
            made["checks"].append(pa.Check.str_length(check["min"], check["max"], name=name))
        elif check["kind"] == "in_set":
            made["checks"].append(pa.Check.isin(check["values"], name=name))
        else:
            made["checks"].append(pa.Check.in_range(check["min"], check["max"], name=name))
    schema = pa.DataFrameSchema({name: pa.Column(None, **made) for name, made in columns.items()})
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases.group_by("column", "check").len()
        return sorted(cases["len"].to_list())
    return []


def by_pointblank(path: str) -> list[int]:
    """Run them as a pointblank validation on Polars, without extracts of the failing rows."""
    import pointblank as pb

    made = pb.Validate(_polars(path))
    for check in CHECKS:
        column = check["column"]
        if check["kind"] == "not_null":
            made = made.col_vals_not_null(column)
        elif check["kind"] == "unique":
            made = made.rows_distinct(columns_subset=[column])
        elif check["kind"] == "regex":
            made = made.col_vals_regex(column, check["pattern"], na_pass=True)
        elif check["kind"] == "length":
            pattern = f"^(?s:.{{{check['min']},{check['max']}}})$"
            made = made.col_vals_regex(column, pattern, na_pass=True)
        elif check["kind"] == "in_set":
            made = made.col_vals_in_set(column, [*check["values"], None])
        else:
            made = made.col_vals_between(column, check["min"], check["max"], na_pass=True)
    failed = made.interrogate(collect_extracts=False).n_failed()
    return [int(failed[number + 1]) for number in range(len(CHECKS))]


def by_gx(path: str) -> list[int]:
    """Run them as an expectation suite of Great Expectations on pandas."""
    import os

    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    import pandas as pd
    from great_expectations import expectations as e

    kinds = dict.fromkeys(NUMBERS, "float64")
    names = pd.read_csv(path, nrows=0).columns
    frame = pd.read_csv(path, dtype={name: kinds.get(name, "object") for name in names}, keep_default_na=False,
                        na_values=[""])  # fmt: skip
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    suite = gx.ExpectationSuite(name="bench")
    for check in CHECKS:
        column = check["column"]
        if check["kind"] == "not_null":
            suite.add_expectation(e.ExpectColumnValuesToNotBeNull(column=column))
        elif check["kind"] == "unique":
            suite.add_expectation(e.ExpectColumnValuesToBeUnique(column=column))
        elif check["kind"] == "regex":
            suite.add_expectation(e.ExpectColumnValuesToMatchRegex(column=column, regex=check["pattern"]))
        elif check["kind"] == "length":
            limits = {"min_value": check["min"], "max_value": check["max"]}
            suite.add_expectation(e.ExpectColumnValueLengthsToBeBetween(column=column, **limits))
        elif check["kind"] == "in_set":
            suite.add_expectation(e.ExpectColumnValuesToBeInSet(column=column, value_set=check["values"]))
        else:
            limits = {"min_value": check["min"], "max_value": check["max"]}
            suite.add_expectation(e.ExpectColumnValuesToBeBetween(column=column, **limits))
    batch = context.data_sources.add_pandas("p").add_dataframe_asset("a").add_batch_definition_whole_dataframe("b")
    found = batch.get_batch({"dataframe": frame}).validate(suite, result_format="SUMMARY")
    return [int(result.result["unexpected_count"]) for result in found.results]


def main() -> None:
    """Run one."""
    tool, path = sys.argv[1:3]
    counts = {"gx": by_gx, "pandera": by_pandera, "pointblank": by_pointblank, "polars": by_polars}[tool](path)
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
