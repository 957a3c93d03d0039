"""The numbering plans of libphonenumber as vectorised rules: which digits are a number, of which region and type.

The patterns and lengths are those of the library's own metadata, so the answers are the library's (the tests hold them
against it). What the rules cannot decide with certainty (international prefixes of a region, carrier codes, national
prefixes in front of an unallocated number) is left to the library itself, once per distinct value.
"""

from __future__ import annotations

from functools import cache

import phonenumbers
import polars as pl
from phonenumbers import PhoneMetadata, PhoneNumberDesc, PhoneNumberType, ValidationResult

from crmq.values import text
from crmq.values.judging import Schema

SCHEMA: Schema = {
    "nsn": pl.String,  # national significant number, leading zeros included
    "calling_code": pl.String,
    "region": pl.String,  # ISO 3166-1 alpha-2; null where the number is not valid or not of one country
    "phone_type": pl.String,  # mobile, fixed, fixed_or_mobile, voip, other; null where not valid
    "state": pl.String,  # valid, possible, local_only, wrong_length, no_number
}

_TYPES = (
    ("premium_rate", "other"),
    ("toll_free", "other"),
    ("shared_cost", "other"),
    ("voip", "voip"),
    ("personal_number", "other"),
    ("pager", "other"),
    ("uan", "other"),
    ("voicemail", "other"),
)
"""The order in which the library tries the types before fixed line and mobile."""
_TYPE_NAMES = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed_or_mobile",
    PhoneNumberType.VOIP: "voip",
}
_MIN_NSN, _MAX_NSN = 2, 17
"""Shortest and longest national number that the library takes apart."""
_WORLD = "001"


@cache
def regions() -> frozenset[str]:
    """Return the regions that have a numbering plan."""
    return frozenset(phonenumbers.SUPPORTED_REGIONS)


@cache
def calling_code(region: str) -> str:
    """Return the country calling code of a region, without the plus sign."""
    return str(phonenumbers.country_code_for_region(region))


def split_calling_code(digits: pl.Expr) -> pl.Expr:
    """Return the calling code that international digits start with, or null (calling codes are prefix-free)."""
    by_length: dict[int, list[str]] = {1: [], 2: [], 3: []}
    for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        by_length[len(str(code))].append(str(code))
    found = pl.lit(None, pl.String)
    for length, codes in by_length.items():
        head = digits.str.slice(0, length)
        found = pl.coalesce(found, pl.when(head.is_in(sorted(codes))).then(head))
    return found


def judge(digits: pl.Series, region: str | None, code: str) -> pl.DataFrame:
    """Judge digits that are all international with one calling code, or all national in one region.

    Args:
        digits: ASCII digits. International: after the plus sign, calling code included. National: as dialled.
        region: The region to dial from, or None for international digits.
        code: The calling code.

    Returns:
        Columns of :data:`SCHEMA`.
    """
    frame = digits.rename("digits").to_frame().with_columns(_take_apart(region, code))
    frame = frame.with_columns(_owner_and_type(code))
    answered = frame.select(_is_certain(), *_answer(code))
    if answered["certain"].all():
        return answered.select(*SCHEMA)
    rest = digits.filter(~answered["certain"]).unique().sort()
    asked = [ask_library(f"+{value}" if region is None else value, region) for value in rest]
    table = pl.DataFrame(asked, schema=SCHEMA, orient="row").insert_column(0, rest.rename("digits"))
    slow = text.spread(digits, table)
    return answered.select(pl.when("certain").then(pl.col(name)).otherwise(slow[name]).alias(name) for name in SCHEMA)


def ask_library(dialled: str, region: str | None) -> tuple[str | None, str | None, str | None, str | None, str]:
    """Return the row of :data:`SCHEMA` that the library gives for one text."""
    try:
        number = phonenumbers.parse(dialled, region)
    except phonenumbers.NumberParseException:
        return None, None, None, None, "no_number"
    nsn, code = phonenumbers.national_significant_number(number), str(number.country_code)
    if phonenumbers.is_valid_number(number):
        owner = phonenumbers.region_code_for_number(number)
        kind = _TYPE_NAMES.get(phonenumbers.number_type(number), "other")
        return nsn, code, None if owner == _WORLD else owner, kind, "valid"
    state = {
        ValidationResult.IS_POSSIBLE: "possible",
        ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "local_only",
    }.get(phonenumbers.is_possible_number_with_reason(number), "wrong_length")
    return nsn, code, None, None, state


def _take_apart(region: str | None, code: str) -> list[pl.Expr]:
    """Return ``nsn``, what is left of ``digits`` without calling code and national prefix, and how sure that is.

    ``sure``: ``always`` (the library sees the same number), ``if_valid`` (it does where the number is valid) or
    ``never``.
    """
    digits = pl.col("digits")
    rest = digits.str.slice(len(code))
    main = _metadata(code, _owners(code)[0])
    if region is None:
        prefix = _prefix(main, rest)
        nsn = pl.when(prefix == "").then(rest).when(prefix.is_in(["0", "1"])).then(rest.str.slice(1))
        certain = pl.when(prefix == "").then(pl.lit("always")).otherwise(pl.lit("if_valid"))
        return [nsn.alias("nsn"), certain.alias("sure")]
    plan = _metadata(code, region)
    general = _general(plan)
    prefix = _prefix(plan, digits)
    dialled = pl.when(prefix == "").then(digits).when(prefix.is_in(["0", "1"])).then(digits.str.slice(1))
    with_code = digits.str.starts_with(code)
    is_national = _matches(digits, general.national_number_pattern) & (
        digits.str.len_bytes() <= max(general.possible_length)
    )
    # a calling code typed without its plus sign
    bare_code = with_code & ~is_national & (_prefix(plan, rest) == "") & _matches(rest, general.national_number_pattern)
    plain = (prefix == "") & (~with_code | is_national)
    after_prefix = prefix.is_in(["0", "1"]) & ~with_code
    national = pl.when(bare_code).then(rest).otherwise(dialled)
    sure = (
        pl.when(_matches(digits, plan.international_prefix, whole=False))
        .then(pl.lit("never"))
        .when(plain)
        .then(pl.lit("always"))
        .when(bare_code | after_prefix)
        .then(pl.lit("if_valid"))
        .otherwise(pl.lit("never"))
    )
    if plan is not main:
        # the library takes the main region's prefix off once more
        return [
            national.alias("nsn"),
            pl.when(_prefix(main, national) == "").then(sure).otherwise(pl.lit("never")).alias("sure"),
        ]
    return [national.alias("nsn"), sure.alias("sure")]


def _is_certain() -> pl.Expr:
    """Return where ``nsn`` and what follows from it need no look at the library."""
    sure = (pl.col("sure") == "always") | ((pl.col("sure") == "if_valid") & pl.col("phone_type").is_not_null())
    length_ok = pl.col("nsn").str.len_bytes().is_between(_MIN_NSN, _MAX_NSN - 1)
    return (sure & length_ok).fill_null(value=False).alias("certain")


def _answer(code: str) -> list[pl.Expr]:
    """Return the columns of :data:`SCHEMA` for ``nsn, owner, phone_type``."""
    valid = pl.col("phone_type").is_not_null()
    general = _general(_metadata(code, _owners(code)[0]))
    length = pl.col("nsn").str.len_bytes()
    state = (
        pl.when(valid)
        .then(pl.lit("valid"))
        .when(length.is_in(list(general.possible_length_local_only)))
        .then(pl.lit("local_only"))
        .when(length.is_in(list(general.possible_length)))
        .then(pl.lit("possible"))
        .otherwise(pl.lit("wrong_length"))
    )
    region = pl.when(valid & (pl.col("owner") != _WORLD)).then("owner")
    return [
        pl.col("nsn"),
        pl.lit(code).alias("calling_code"),
        region.alias("region"),
        pl.col("phone_type"),
        state.alias("state"),
    ]


def _owner_and_type(code: str) -> list[pl.Expr]:
    """Return the region and the type of ``nsn`` as the library finds them (type null: not valid)."""
    nsn = pl.col("nsn")
    owners = _owners(code)
    if len(owners) == 1:
        return [pl.lit(owners[0]).alias("owner"), _type(nsn, _metadata(code, owners[0])).alias("phone_type")]
    owner, kind = pl.lit(None, pl.String), pl.lit(None, pl.String)
    for region in reversed(owners):
        plan = _metadata(code, region)
        own_type = _type(nsn, plan)
        # where several regions share a calling code, leading digits decide, else the first plan that fits
        leads = _matches(nsn, plan.leading_digits, whole=False) if plan.leading_digits else own_type.is_not_null()
        owner = pl.when(leads).then(pl.lit(region)).otherwise(owner)
        kind = pl.when(leads).then(own_type).otherwise(kind)
    return [owner.alias("owner"), kind.alias("phone_type")]


def _type(nsn: pl.Expr, plan: PhoneMetadata) -> pl.Expr:
    """Return the type of a national number in one plan, null when it is of none."""
    fixed, mobile = _fits(nsn, plan.fixed_line), _fits(nsn, plan.mobile)
    kind: pl.Expr
    if plan.same_mobile_and_fixed_line_pattern:
        kind = pl.when(fixed).then(pl.lit("fixed_or_mobile"))
    else:
        both = pl.when(fixed & mobile).then(pl.lit("fixed_or_mobile"))
        kind = both.when(fixed).then(pl.lit("fixed")).when(mobile).then(pl.lit("mobile"))
    for name, label in reversed(_TYPES):
        description = getattr(plan, name)
        if description is not None and description.national_number_pattern:
            kind = pl.when(_fits(nsn, description)).then(pl.lit(label)).otherwise(kind)
    return pl.when(_fits(nsn, plan.general_desc)).then(kind)


def _fits(nsn: pl.Expr, description: PhoneNumberDesc | None) -> pl.Expr:
    if description is None or not description.national_number_pattern:
        return pl.lit(value=False)
    pattern = _matches(nsn, description.national_number_pattern)
    if not description.possible_length:
        return pattern
    return pattern & nsn.str.len_bytes().is_in(list(description.possible_length))


def _matches(digits: pl.Expr, pattern: str | None, *, whole: bool = True) -> pl.Expr:
    if not pattern:
        return pl.lit(value=False)
    return digits.str.contains(f"^(?:{pattern})$" if whole else f"^(?:{pattern})")


def _prefix(plan: PhoneMetadata, digits: pl.Expr) -> pl.Expr:
    """Return the national prefix (with carrier code) that the library would see in front; empty where none."""
    pattern = plan.national_prefix_for_parsing
    if not pattern:
        return pl.when(digits.is_not_null()).then(pl.lit(""))
    return digits.str.extract(f"^({pattern})", 1).fill_null("")


@cache
def _owners(code: str) -> tuple[str, ...]:
    return tuple(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[int(code)])


@cache
def _metadata(code: str, region: str) -> PhoneMetadata:
    found = PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)
    if found is None:
        raise LookupError(region)
    return found


def _general(plan: PhoneMetadata) -> PhoneNumberDesc:
    if plan.general_desc is None:
        raise LookupError(plan.id)
    return plan.general_desc
