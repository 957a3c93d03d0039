"""What the codes of a profile are called in reports."""

from __future__ import annotations

from crmq.locales import _
from crmq.model import fields


def kind_title(kind: str) -> str:
    """Return what a column holds, in words."""
    return {
        "text": _("text"), "free_text": _("free text"), "name": _("name"), "organisation": _("company"),
        "email": _("e-mail"), "phone": _("phone"), "date": _("date"), "timestamp": _("time stamp"),
        "year": _("year"), "month": _("month"), "day": _("day"), "number": _("number"), "id": _("id"),
        "tax_id": _("tax id"), "national_id": _("national id"), "web": _("web address"),
        "postal_code": _("postal code"), "country": _("country"), "url": _("web address"),
        "flag": _("yes/no"), "code": _("code"), "category": _("category"), "empty": _("empty"),
    }.get(kind, kind)  # fmt: skip


def problem_title(code: str) -> str:
    """Return a problem in words."""
    return {
        "placeholders": _("placeholders for a missing value"),
        "blanks_around": _("blanks before or after the value"),
        "doubled_blanks": _("doubled blanks inside"),
        "control_characters": _("control characters"),
        "lost_characters": _("characters lost in a wrong encoding"),
        "mojibake": _("letters garbled by a wrong encoding"),
        "spreadsheet_errors": _("error values of a spreadsheet"),
        "scientific_numbers": _("digits lost to scientific notation"),
        "html": _("HTML left in the text"),
        "other_type": _("values of another type than the column"),
        "mixed_dates": _("dates written another way than most"),
        "mixed_decimals": _("decimals written another way than most"),
        "all_capitals": _("in capitals only"),
        "all_small_letters": _("in small letters only"),
        "zeros_lost": _("leading zeros lost"),
        "spelling_variants": _("another spelling of a more frequent value"),
        "near_duplicates": _("close to a more frequent value: a slip or a short form"),
        "several_names": _("another name of a country that stands there too"),
        "units_in_numbers": _("numbers with a unit, not all written alike"),
        "other_form": _("another form than nearly all values"),
        "doubled_quotes": _("apostrophes doubled by an export"),
        "cut_off": _("probably cut off at the longest length"),
        "outliers": _("far from all other numbers"),
        "mixed_date_orders": _("day and month in the other order than most"),
        "codes_as_dates": _("codes that a spreadsheet turned into dates"),
        "serial_dates": _("dates as day numbers of a spreadsheet"),
        "digits_rounded": _("long numbers rounded by a spreadsheet"),
        "broken_dependency": _("differs from the other rows of its group"),
    }.get(code, code)


def object_title(name: str) -> str:
    """Return an object of the model in words."""
    known = fields.objects().get(name)
    return known.label if known else name


def personal_title(kind: str) -> str:
    """Return a kind of personal data in words."""
    return {
        "name": _("names of persons"), "email": _("e-mail addresses"), "phone": _("phone numbers"),
        "birth": _("birth dates or ages"), "address": _("postal addresses"), "tax_id": _("tax ids"),
        "national_id": _("national ids"), "bank_account": _("bank accounts (IBAN)"),
        "payment_card": _("payment cards"), "ip_address": _("IP addresses"), "gender": _("gender"),
        "nationality": _("nationality"), "special": _("special categories (GDPR article 9), by the header"),
    }.get(kind, kind)  # fmt: skip


def seen_title(seen_in: str) -> str:
    """Return how a kind of personal data was recognised, in words."""
    return {
        "mapping": _("by the field"), "content": _("by the form of the values"), "inside": _("inside longer texts"),
        "header": _("by the header"),
    }.get(seen_in, seen_in)  # fmt: skip


def variant_title(how: str) -> str:
    """Return why several values seem to be one, in words."""
    return {
        "spelling": _("case, accents, blanks"), "typing": _("one letter apart"), "country": _("one country"),
        "short": _("short form"),
    }.get(how, how)  # fmt: skip


def age_title(name: str) -> str:
    """Return an age of records in words."""
    return {
        "month": _("up to 30 days"), "quarter": _("up to 3 months"), "year": _("up to 1 year"),
        "two_years": _("up to 2 years"), "five_years": _("up to 5 years"), "older": _("older"),
        "future": _("in the future"), "unknown": _("no date"),
    }[name]  # fmt: skip


def entity_title(name: str) -> str:
    """Return who a record is, in words."""
    return {"person": _("persons"), "organisation": _("organisations")}.get(name, name)
