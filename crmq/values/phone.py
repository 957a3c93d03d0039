"""Phone numbers: national habits rewritten, then judged as libphonenumber judges, with the junk found out.

The library knows the numbering plans of today. What people typed over the last decades needs a rewrite first (Mexican
``1`` after ``52``, the ninth digit of Brazil, ``60`` before Colombian landlines): see ``_REWRITES``. Numbers that the
plan does not know but that have its length stay usable, verdict ``possible``.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from crmq.model.verdicts import Verdict
from crmq.values import dialled, numbering_plan
from crmq.values.dialled import split as split
from crmq.values.judging import Case, Schema, decide

SCHEMA: Schema = {
    "value": pl.String,
    "verdict": Verdict,
    "reason": pl.String,
    "alt": pl.String,
    "country": pl.String,
    "phone_type": pl.String,
    "extension": pl.String,
}

_REWRITES: dict[str, tuple[tuple[str, str, bool], ...]] = {
    # mobile 1 (until 2019), 044 and 045 to mobiles, 01 long distance
    "52": ((r"(?:1|044|045|01)([2-9]\d{9})", "${1}", False),),
    # mobiles got a ninth digit 2012-2016; landlines begin with 2-5
    "55": ((r"0?([1-9][1-9])([6-9]\d{7})", "${1}9${2}", False),),
    # since 2021 landlines are 60 + area + number; before it 0, a carrier digit, area, number
    "57": ((r"(?:0[3579]?)?([124-8][2-9]\d{6})", "60${1}", False),),
    # mobiles got a 9, Santiago a second 2; which of the two an eight-digit number lacks is a guess
    "56": (
        (r"09([5-9]\d{7})", "9${1}", False),
        (r"0([2-9]\d{8})", "${1}", False),
        (r"([6-9]\d{7})", "9${1}", True),
        (r"0?2([2-9]\d{6})", "22${1}", True),
    ),
    # Lima's 01 dialled before a mobile
    "51": ((r"0?1(9\d{8})", "${1}", False),),
    # mobiles got a 9 in 2012
    "593": ((r"0?([89]\d{7})", "9${1}", True),),
}
"""By calling code: pattern of the national digits, replacement, and whether it is a guess (verdict ``possible``)."""

_NANP = "1"
_FEWEST, _MOST = 6, 15
"""Digits of a number without region that can still serve as a key; the most that E.164 allows."""
_WITH_CALLING_CODE = 11
"""Digits from which a number without plus sign is tried as an international one (fewer are national somewhere)."""

_NEIGHBOURS = (
    *("1", "27", "33", "34", "39", "44", "49", "51", "52", "54", "55", "56", "57", "58", "351"),
    *("502", "503", "504", "505", "506", "507", "591", "593", "595", "598"),
)
"""Calling codes that are believed without a plus sign where the row names another country."""

_TWO_DIGITS = "^(?:" + "|".join(f"[{a}{b}]+" for a in range(10) for b in range(a + 1, 10)) + ")$"
_ONE_DIGIT = "^(?:" + "|".join(f"{a}+" for a in range(10)) + ")$"
_SUBSCRIBER = 7
_COUNT = "01234567890123456789"
_UP = tuple(_COUNT[i : i + _SUBSCRIBER] for i in range(10))
_RUNS = (*_UP, *(run[::-1] for run in _UP))
_SUSPECT = "|".join((_TWO_DIGITS, *(f"^{run}$" for run in _RUNS)))
_FILLERS = (
    "123123123", "1231231234", "102030405", "1020304050", "112233445", "1122334455", "123454321", "147258369", "159753",
    "1472583690", "147852369", "123321", "123456", "654321",
)  # fmt: skip


def standardise(raw: pl.Series, country: pl.Series | str | None = None) -> pl.DataFrame:
    """Standardise a column of phone numbers, one number per cell (see :func:`split`).

    Args:
        raw: The cells, as read.
        country: ISO alpha-2 per row, for all rows, or None: where numbers without a plus sign are dialled.

    Returns:
        Columns of :data:`SCHEMA`. ``value``: E.164, or the bare digits where the region or the area code is unknown.
        ``alt``: the form for comparison, filled wherever ``value`` is (Argentine mobiles without their 9). Reasons:
        ``not_allocated``, ``local_only``, ``no_region``, ``prefix_added``, ``plus_assumed`` (possible); ``too_short``,
        ``too_long``, ``wrong_length``, ``unknown_calling_code``, ``no_digits``, ``excel_rounded``,
        ``looks_like_date``, ``email`` (invalid); ``denylist``, ``junk_pattern`` (placeholder).
    """
    lands = country if isinstance(country, pl.Series) else pl.repeat(country, len(raw), dtype=pl.String, eager=True)
    frame = dialled.read(raw).with_columns(lands.cast(pl.String).str.to_uppercase().alias("land"))
    frame = frame.with_columns(land_code=pl.col("land").replace_strict(_codes(), default=None, return_dtype=pl.String))
    frame = frame.with_columns(land=pl.when(pl.col("land_code").is_not_null()).then("land"))
    idd = ~pl.col("plus") & (pl.col("land_code") == _NANP) & pl.col("digits").str.contains("^011[2-9][0-9]{7}")
    frame = frame.with_columns(
        plus=pl.col("plus") | idd.fill_null(value=False),
        digits=pl.when(idd).then(pl.col("digits").str.slice(3)).otherwise("digits"),
    )
    frame = frame.hstack(_judge(frame))
    return _describe(_try_plus(frame))


def _judge(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of ``numbering_plan.SCHEMA`` and ``guessed`` for ``plus, digits, land, land_code``."""
    work = frame.select(
        "digits",
        "plus",
        "land",
        code=pl.when("plus").then(numbering_plan.split_calling_code(pl.col("digits"))).otherwise("land_code"),
    ).with_row_index("row")
    work = work.with_columns(land=pl.when("plus").then(None).otherwise("land"))
    asked = work.filter(pl.col("code").is_not_null() & (pl.col("digits").str.len_bytes() <= 40))
    parts = []
    for key, group in sorted(asked.partition_by("code", "land", as_dict=True).items(), key=str):
        code, land = key
        digits, guessed = _rewrite(group["digits"], str(code), international=land is None)
        answer = numbering_plan.judge(digits, None if land is None else str(land), str(code))
        parts.append(group.select("row").hstack(answer).with_columns(guessed=guessed))
    unasked = work.select("row").join(asked.select("row"), on="row", how="anti")
    columns: Schema = {**numbering_plan.SCHEMA, "guessed": pl.Boolean}
    none = unasked.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in columns.items())
    return pl.concat([*parts, none]).sort("row").drop("row")


def _rewrite(digits: pl.Series, code: str, *, international: bool) -> tuple[pl.Series, pl.Series]:
    """Return the digits with the national habits of a calling code mended, and where that was a guess."""
    number = pl.lit(None, pl.String)
    guess = pl.lit(value=False)
    # a national number may carry its calling code without the plus sign
    head = code if international else f"(?:{code})?"
    for body, replacement, guessed in reversed(_REWRITES.get(code, ())):
        pattern = f"^{head}{body}$"
        hit = pl.col("digits").str.contains(pattern)
        number = (
            pl.when(hit)
            .then(pl.col("digits").str.replace(pattern, (code if international else "") + replacement))
            .otherwise(number)
        )
        guess = pl.when(hit).then(pl.lit(guessed)).otherwise(guess)
    frame = digits.rename("digits").to_frame()
    mended = frame.with_columns(pl.coalesce(number, "digits").alias("mended"), guess.alias("guess"))
    return mended["mended"], mended["guess"]


def _try_plus(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with ``assumed``: long numbers without plus sign that only make sense as international ones."""
    again = (
        ~pl.col("plus")
        & pl.col("digits").str.len_bytes().is_between(_WITH_CALLING_CODE, _MOST)
        & ~pl.col("state").is_in(["valid", "possible"]).fill_null(value=False)
        & ~pl.col("digits").str.starts_with("0")
        & (pl.col("land").is_null() | numbering_plan.split_calling_code(pl.col("digits")).is_in(_NEIGHBOURS))
    ).fill_null(value=False)
    rows = frame.select(again).to_series().arg_true()
    assumed = pl.repeat(value=False, n=frame.height, eager=True).alias("assumed")
    if len(rows):
        found = _judge(frame[rows].with_columns(plus=pl.lit(value=True)))
        good = found["state"] == "valid"
        rows, found = rows.filter(good), found.filter(good)
        assumed = assumed.scatter(rows, values=True)
        frame = frame.with_columns(frame[name].scatter(rows, found[name]) for name in numbering_plan.SCHEMA)
    return frame.with_columns(assumed)


def _describe(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of :data:`SCHEMA` for what was read and judged."""
    digits, state, nsn = pl.col("digits"), pl.col("state"), pl.col("nsn")
    length = digits.str.len_bytes()
    local = (state == "local_only") | (pl.col("code_unknown") & ~pl.col("plus"))
    frame = frame.with_columns(code_unknown=pl.col("calling_code").is_null(), junk=_is_junk(frame))
    in_bounds = pl.when(state == "local_only").then(nsn).otherwise(digits).str.len_bytes().is_between(_FEWEST, _MOST)
    international = state.is_in(["valid", "possible"])
    cases: list[Case] = [
        (pl.col("fault") == "missing", "missing", None),
        (pl.col("fault") == "denylist", "placeholder", "denylist"),
        *(
            (pl.col("fault") == why, "invalid", why)
            for why in ("no_digits", "excel_rounded", "looks_like_date", "email")
        ),
        (pl.col("junk"), "placeholder", "junk_pattern"),
        (international & pl.col("assumed"), "possible", "plus_assumed"),
        (international & pl.col("guessed").fill_null(value=False), "possible", "prefix_added"),
        (state == "valid", "valid", None),
        (state == "possible", "possible", "not_allocated"),
        ((state == "local_only") & in_bounds, "possible", "local_only"),
        ((length < _FEWEST) | (state == "local_only"), "invalid", "too_short"),
        (length > _MOST, "invalid", "too_long"),
        (pl.col("plus") & (pl.col("code_unknown") | (state == "no_number")), "invalid", "unknown_calling_code"),
        (pl.col("code_unknown"), "possible", "no_region"),
    ]
    verdict, reason = decide(frame, cases, otherwise=("invalid", "wrong_length"))
    usable = pl.col("fault").is_null() & ~pl.col("junk")
    value = (
        pl.when(usable & international)
        .then(pl.concat_str(pl.lit("+"), "calling_code", nsn))
        .when(usable & local & in_bounds)
        .then(pl.when(state == "local_only").then(nsn).otherwise(digits))
    )
    argentine = (pl.col("calling_code") == "54") & nsn.str.contains(r"^9\d{10}$") & usable & international
    kept = usable & value.is_not_null()
    alone = pl.col("calling_code").replace_strict(_only_owner(), default=None, return_dtype=pl.String)
    owner = pl.coalesce("region", pl.when(pl.col("land_code") == pl.col("calling_code")).then("land"), alone)
    return frame.select(
        value.alias("value"),
        verdict,
        reason,
        pl.when(argentine).then(pl.concat_str(pl.lit("+54"), nsn.str.slice(1))).otherwise(value).alias("alt"),
        pl.when(kept).then(owner).alias("country"),
        pl.when(kept).then("phone_type").alias("phone_type"),
        pl.when(kept).then("extension").alias("extension"),
    ).cast(pl.Schema(SCHEMA))


def _is_junk(frame: pl.DataFrame) -> pl.Series:
    """Return which numbers nobody has: one digit over and over, two in all of it, runs, the usual fillers."""
    number, whole = pl.coalesce("nsn", "digits"), pl.col("digits")
    tail = number.str.slice(-_SUBSCRIBER)
    suspect = (
        tail.str.contains(_SUSPECT)
        | (number.str.len_bytes() < _SUBSCRIBER)
        | whole.is_in(_FILLERS)
        | number.is_in(_FILLERS)
        | ((pl.col("calling_code") == _NANP) & tail.str.starts_with("555"))
    )
    rows = frame.select((suspect & pl.col("fault").is_null()).fill_null(value=False)).to_series().arg_true()
    long_enough = number.str.len_bytes() >= _SUBSCRIBER
    short = number.str.len_bytes().is_between(3, _SUBSCRIBER - 1)
    # service numbers are sold for their pattern (902 202 202)
    service = (pl.col("phone_type") == "other").fill_null(value=False)
    short_run = pl.any_horizontal(whole == _COUNT[i : i + n] for n in (4, 5, 6) for i in (0, 1))
    fiction = (pl.col("calling_code") == _NANP) & tail.str.contains(r"^555(?:01\d\d|1234)$")
    junk = (
        (long_enough & (tail.str.contains(_ONE_DIGIT) | tail.is_in(_RUNS)))
        # two digits in the last seven alone are a number that businesses like (415 777 9779)
        | (long_enough & ~service & number.str.contains(_TWO_DIGITS))
        | (short & (whole.str.contains(_ONE_DIGIT) | short_run))
        | whole.str.contains("^0+$")
        | whole.is_in(_FILLERS)
        | number.is_in(_FILLERS)
        | fiction
    )
    answer = frame[rows].select(junk.fill_null(value=False)).to_series()
    return pl.repeat(value=False, n=frame.height, eager=True).scatter(rows, answer)


@cache
def _codes() -> dict[str, str]:
    return {region: numbering_plan.calling_code(region) for region in sorted(numbering_plan.regions())}


@cache
def _only_owner() -> dict[str, str]:
    """Return the region of each calling code that belongs to one region alone."""
    owners: dict[str, list[str]] = {}
    for region, code in _codes().items():
        owners.setdefault(code, []).append(region)
    return {code: regions[0] for code, regions in owners.items() if len(regions) == 1}
