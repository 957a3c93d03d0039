"""A full name that stands beside name parts: what it adds to them, and whether it contradicts them."""

from __future__ import annotations

from collections import Counter

import polars as pl

from crmq.values import text

_PARTS = ("given_name", "middle_name", "surname_1", "surname_2", "name_suffix")
_FULL = tuple(f"full_{name}" for name in _PARTS)
_SCHEMA = {**dict.fromkeys(_PARTS, pl.String), "family_name": pl.String, "differs": pl.Boolean, "full_text": pl.String}


def complete(frame: pl.DataFrame) -> pl.DataFrame:
    """Fill the missing parts of each name from the full name of its row.

    Args:
        frame: One row per name: ``given_name, middle_name, surname_1, surname_2, family_name, name_suffix`` as the
            parts say, and the same with the prefix ``full_`` as the full name was read.

    Returns:
        The same rows with the parts completed, ``differs`` (the full name contradicts the parts) and ``full_text``
        (the full name where it differs). Parts that the source filled are never changed, only added to.
    """
    blank = {"differs": pl.lit(value=False), "full_text": pl.lit(None, dtype=pl.String)}
    if frame["full_given_name"].is_null().all() and frame["full_family_name"].is_null().all():
        return frame.select(pl.exclude("^full_.*$"), **blank)
    has_parts = pl.any_horizontal(pl.col(c).is_not_null() for c in ("given_name", "middle_name", "family_name"))
    rows = frame.with_columns(
        _in_order(*_PARTS[:2], "family_name", "name_suffix").alias("__parts"),
        _in_order(*_FULL[:2], "full_family_name", "full_name_suffix").alias("__full"),
        has_parts.alias("__named"),
        **blank,
    ).with_columns(
        pl.coalesce(name, pl.when(~pl.col("__named")).then(f"full_{name}")) for name in (*_PARTS, "family_name")
    )
    rows = rows.with_columns(__ask=pl.col("__named") & (pl.col("__parts") != pl.col("__full")))
    cases = rows.filter("__ask").filter(_bag("__parts") != _bag("__full")).select(*_PARTS, *_FULL).unique()
    if cases.is_empty():
        return rows.select(pl.exclude("^__.*$", "^full_(given|middle|family|surname|name)_.*$"))
    answered = pl.DataFrame([_completed(case) for case in cases.iter_rows(named=True)], schema=_SCHEMA)
    table = pl.concat([cases, answered.rename({name: f"__{name}" for name in _SCHEMA})], how="horizontal")
    rows = rows.join(table, on=[*_PARTS, *_FULL], how="left", maintain_order="left", nulls_equal=True)
    answer = pl.col("__ask") & pl.col("__differs").is_not_null()
    rows = rows.with_columns(pl.when(answer).then(f"__{name}").otherwise(name).alias(name) for name in _SCHEMA)
    return rows.select(pl.exclude("^__.*$", "^full_(given|middle|family|surname|name)_.*$"))


def _in_order(*names: str) -> pl.Expr:
    joined = pl.concat_str(names, separator=" ", ignore_nulls=True)
    return pl.when(joined != "").then(joined)


def _bag(name: str) -> pl.Expr:
    """Return the folded words in alphabetical order: equal for two names of the same words."""
    return text.fold(pl.col(name)).str.split(" ").list.sort().list.join(" ")


def _folded(words: str | None) -> list[str]:
    return words.split() if words else []


def _completed(case: dict[str, str | None]) -> dict[str, str | bool | None]:
    """Return the parts of one name with what its full name adds."""
    values = [case[name] for name in (*_PARTS, *_FULL)]
    bare = pl.DataFrame({"v": values}, schema={"v": pl.String}).select(text.fold(pl.col("v"))).to_series().to_list()
    have = Counter(word for value in bare[: len(_PARTS)] for word in _folded(value))
    full = [
        (word, shown, part)
        for part, value, raw in zip(_PARTS, bare[len(_PARTS) :], values[len(_PARTS) :], strict=True)
        for word, shown in zip(_folded(value), _folded(raw), strict=False)
    ]
    total = Counter(word for word, _, _ in full)
    parts: dict[str, list[str]] = {name: _folded(case[name]) for name in _PARTS}
    if not have - total:
        left = have.copy()
        added = []
        for word, shown, part in full:
            if left[word]:
                left[word] -= 1
            else:
                added.append((shown, part))
        _add(parts, added)
    differs = bool(have - total) and bool(total - have)
    family = [*parts["surname_1"], *parts["surname_2"]]
    return {
        **{name: " ".join(words) or None for name, words in parts.items()},
        "family_name": " ".join(family) or None,
        "differs": differs,
        "full_text": " ".join(shown for _, shown, _ in full) if differs else None,
    }


def _add(parts: dict[str, list[str]], added: list[tuple[str, str]]) -> None:
    """Put the words that only the full name has where they are missing; never in front of what a part holds."""
    no_given = not parts["given_name"]
    no_family = not (parts["surname_1"] or parts["surname_2"])
    no_second = not parts["surname_2"]
    for shown, part in added:
        is_given = part in ("given_name", "middle_name")
        if part == "name_suffix":
            parts["name_suffix"].append(shown)
        elif no_given and (is_given or not no_family):
            parts["given_name"].append(shown)
        elif no_family and not is_given:
            parts[part].append(shown)
        elif part == "surname_2" and no_second and not is_given:
            parts["surname_2"].append(shown)
        else:
            parts["middle_name"].append(shown)
