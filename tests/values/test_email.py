"""E-mail: the vectorised rule agrees with email-validator, and what CRM cells hold comes out right."""

from __future__ import annotations

import csv
import random
import string

import polars as pl
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from crmq.values import email, mail_domains


def one(value):
    return email.standardise(pl.Series([value], dtype=pl.String)).row(0, named=True)


def library(address):
    """Return the normal form the library gives, in lower case and with an A-label domain, or None."""
    try:
        found = validate_email(address, check_deliverability=False, strict=True)
    except EmailNotValidError:
        return None
    return f"{found.local_part.lower()}@{found.ascii_domain}"


def assert_rule_agrees(addresses):
    """The rule accepts only what the library accepts, in the form the library gives."""
    frame = pl.DataFrame({"raw": addresses}, schema={"raw": pl.String})
    plain = frame.select(email.is_plain(pl.col("raw"))).to_series().to_list()
    wrong = [a for a, ok in zip(addresses, plain, strict=True) if ok and library(a) != a.lower()]
    assert wrong == []
    return sum(plain)


def boundary_cases():
    label = "a" * 63
    yield from (f"{'a' * n}@ab.com" for n in (1, 63, 64, 65, 66))
    yield from (f"a@{'b' * n}.com" for n in (1, 62, 63, 64, 65))
    yield from (f"a@b.{'c' * n}" for n in (1, 2, 62, 63, 64, 65))
    for total in range(250, 258):
        domain = f"{label}.{label}.{label}."
        yield f"a@{domain}{'b' * (total - len(domain) - 4)}.c"
        yield f"{'a' * 60}@{label}.{label}.{'b' * (total - 60 - 130 - 3)}.com"
    yield from (
        f"a@{d}"
        for d in ("b", "b.", ".b", "b..com", "-b.com", "b-.com", "b.c-m", "b.-com", "b.com-", "1.com", "b.1", "b.c1")
    )
    yield from (
        f"a@{d}"
        for d in ("xn--pea-8ma.com", "xn--a.com", "ab--c.com", "AB--c.com", "a--b.com", "abc--d.com", "b.xn--p1ai")
    )
    for special in ("local", "localhost", "test", "invalid", "onion", "arpa", "LOCAL", "example"):
        yield from (f"a@{special}", f"a@b.{special}", f"a@{special}.com", f"a@b{special}", f"a@b.c{special}")
    yield from (
        f"{local}@b.com"
        for local in (".a", "a.", "a..b", "a.b", "'a", "{a", "a'", "+a", "a+", "-", "_", "a b", '"a b"', "a@b")
    )
    yield from (
        "@",
        "a@",
        "@b.com",
        "",
        "a",
        "a@[127.0.0.1]",
        "A <a@b.com>",
        "a@b.com ",
        " a@b.com",
        "a@b.com\n",
        "a@b.com.",
    )


def test_rule_on_boundary_cases():
    assert assert_rule_agrees(list(boundary_cases())) > 30


def test_rule_on_every_ascii_sign_at_every_place():
    base = "ab.c@de-f.gh"
    cases = [base[:i] + chr(c) + base[i:] for i in range(len(base) + 1) for c in range(128)]
    cases += [base[:i] + chr(c) + base[i + 1 :] for i in range(len(base)) for c in range(128)]
    assert assert_rule_agrees(cases) > 1000


def test_rule_on_a_large_synthetic_sample():
    rng = random.Random(20261122)
    letters = string.ascii_letters + string.digits + "...---___+++@''&%é ñ\u200b"
    names = ["ana", "J.Perez", "maria-jose", "info", "o'neil", "x_y", "Ñandú", "a.b.c", "+tag", ""]
    domains = [
        "gmail.com",
        "Hotmail.ES",
        "acme.com.mx",
        "sub.a-b.co",
        "b",
        "peña.com",
        "xn--d.com",
        "1and1.de",
        "a.b.c.d.e",
        "x.c0m",
        "-a.com",
    ]
    cases = []
    for _ in range(30_000):
        address = (
            f"{rng.choice(names)}{rng.choice(['', '.', '+', '-', ' '])}{rng.randrange(1000)}@{rng.choice(domains)}"
        )
        for _ in range(rng.choice((0, 0, 1, 1, 2))):
            i = rng.randrange(len(address))
            address = address[:i] + rng.choice(letters) + address[i + rng.randrange(2) :]
        cases.append(address)
    assert assert_rule_agrees(cases) > 5_000


@given(st.lists(st.emails(), min_size=1, max_size=20))
@settings(max_examples=50)
def test_rule_on_generated_addresses(addresses):
    assert_rule_agrees(addresses)


@given(st.text(alphabet="ab1.-_+'@{}!#é\u0130 ", max_size=30))
def test_what_the_library_accepts_keeps_the_librarys_form(address):
    expected = library(address)
    result = one(address)
    # apostrophes and braces around an address are quotation marks of the export
    if expected is not None and result["verdict"] != "placeholder" and address[0] not in "'{" and expected.isascii():
        assert result["value"] == expected


def test_public_vectors_against_the_library(shared_data):
    with shared_data("vectors/emails_isemail/emails.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert_rule_agrees([row["address"] for row in rows])
    results = email.standardise(pl.Series([row["address"] for row in rows])).rows(named=True)
    for row, result in zip(rows, results, strict=True):
        address = row["address"]
        if result["verdict"] == "placeholder":
            continue
        if (form := library(address)) is not None:
            assert result["value"] == form, address
        elif result["value"] is not None:
            # accepted only after something around the address was taken off
            assert result["value"] != address
            assert library(result["value"]) == result["value"]


@pytest.mark.parametrize(
    "raw",
    [
        "Ana@X.com",
        " ana@x.com ",
        "mailto:ana@x.com",
        "Ana Pérez <ana@x.com>",
        "<ana@x.com>",
        "ana@x.com;",
        "ana@x.com.",
        "ana @ x.com",
        "'ana@x.com'",
        "email: ana@x.com",
        "ana@x.com (personal)",
        "ana@x.com?subject=hola",
        "ana@x.com",
        "\u200bana@x.com\u00a0",
        "ana＠x.com",
        "ana@x .com",
        "ana@x.com / 555 123",
        '"ana@x.com"',
    ],
)
def test_tidied(raw):
    result = one(raw)
    assert (result["value"], result["verdict"], result["reason"]) == ("ana@x.com", "valid", None)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("ana", "no_at_sign"),
        ("ana@@x.com", "several_addresses"),
        ("a@x.com, b@y.com", "several_addresses"),
        ("juan perez@gmail.com", "blank_inside"),
        ("ana@acme", "no_dot_in_domain"),
        ("ana..b@x.com", "bad_local"),
        (".ana@x.com", "bad_local"),
        ("ana@-x.com", "bad_domain"),
        ("ana@10.0.0.1", "bad_domain"),
        ("ana@x.local", "special_domain"),
        ("a" * 65 + "@x.com", "too_long"),
    ],
)
def test_invalid(raw, reason):
    result = one(raw)
    assert (result["value"], result["alt"], result["verdict"], result["reason"]) == (None, None, "invalid", reason)


@pytest.mark.parametrize(
    ("raw", "value", "reason"),
    [
        ("ana(at)x.com", "ana@x.com", "at_written"),
        ("ana arroba x.com", "ana@x.com", "at_written"),
        ("ana@gmail,com", "ana@gmail.com", "comma_for_dot"),
        ("Peña@x.com", "peña@x.com", "non_ascii_local"),
        ("ana@x.zzzz", "ana@x.zzzz", "unknown_tld"),
    ],
)
def test_possible(raw, value, reason):
    result = one(raw)
    assert (result["value"], result["verdict"], result["reason"]) == (value, "possible", reason)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmal.com", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("gmmail.com", "gmail.com"),
        ("gamil.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.cm", "gmail.com"),
        ("gmail.comm", "gmail.com"),
        ("gmail.es", "gmail.com"),
        ("hotmal.com", "hotmail.com"),
        ("hotmai.com", "hotmail.com"),
        ("hormail.com", "hotmail.com"),
        ("hotmail.con", "hotmail.com"),
        ("outlok.es", "outlook.es"),
        ("yaho.com.mx", "yahoo.com.mx"),
        ("acme.con", "acme.com"),
    ],
)
def test_typo_domains(typed, meant):
    result = one(f"ana.perez@{typed}")
    assert (result["verdict"], result["reason"], result["value"]) == ("possible", "typo_domain", f"ana.perez@{typed}")
    assert result["suggestion"] == f"ana.perez@{meant}"
    assert result["alt"] == one(f"ana.perez@{meant}")["alt"]


@pytest.mark.parametrize(
    "domain",
    ["hotmail.com.mx", "mail.com", "email.com", "ymail.com", "gmx.de", "yahoo.com.bo", "gmailing.io", "outlook.com.bo"],
)
def test_real_domains_are_no_typos(domain):
    assert mail_domains.meant_domain(domain) is None
    assert one(f"ana@{domain}")["verdict"] == "valid"


@pytest.mark.parametrize(
    "raw",
    [
        "no@no.com",
        "notiene@notiene",
        "notiene@gmail.com",
        "notiene1@hotmail.com",
        "sincorreo@gmail.com",
        "sincorreo@temporal.com",
        "sin-correo@acme.com",
        "noemail@noemail.com",
        "a@a.com",
        "x@gmail.com",
        "test@test.com",
        "correo@gmail.com",
        "no tiene",
        "N/A",
        "-",
        "sin correo",
        "maria@example.com",
        "ana@ejemplo.com",
        "noreply@acme.com",
        "xxx@yahoo.com",
        "123@hotmail.com",
    ],
)
def test_placeholders(raw):
    result = one(raw)
    assert (result["value"], result["verdict"], result["reason"]) == (None, "placeholder", "denylist")


@pytest.mark.parametrize(
    "raw", ["nan1972@gmail.com", "correo@acme.com", "ana@ana.com", "xavi@x.com", "noelia@gmail.com", "abc123@acme.com"]
)
def test_no_placeholders(raw):
    assert one(raw)["verdict"] == "valid"


def test_flags_and_comparison_form():
    result = one("Ana.Perez+crm@googlemail.com")
    assert (result["value"], result["alt"], result["domain"]) == (
        "ana.perez+crm@googlemail.com",
        "anaperez@gmail.com",
        "googlemail.com",
    )
    assert one("a.na+x@acme.com")["alt"] == "a.na+x@acme.com"
    assert [
        one(f"{local}@acme.es")["is_role"] for local in ("info", "ventas2", "atencionalcliente", "ana", "informatico")
    ] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert one("ana@mailinator.com")["is_disposable"]
    assert one("ana@x.yopmail.com")["is_disposable"]
    assert not one("ana@acme.es")["is_disposable"]


def test_international_domains_have_one_form():
    assert one("ana@peña.com")["value"] == one("ana@xn--pea-8ma.com")["value"] == "ana@xn--pea-8ma.com"


def test_missing():
    for raw in (None, "", "  ", "\u200b"):
        assert one(raw)["verdict"] == "missing"


def test_split():
    cells = [
        "a@x.com; b@y.com",
        "Ana <a@x.com>, Luis <b@y.com>",
        "a@x.com",
        None,
        "a@@b",
        "a@x.com/b@y.com c@z.com",
        "",
    ]
    assert email.split(pl.Series("cells", cells)).to_list() == [
        ["a@x.com", "b@y.com"],
        ["a@x.com", "b@y.com"],
        ["a@x.com"],
        None,
        ["a@@b"],
        ["a@x.com", "b@y.com", "c@z.com"],
        [""],
    ]


def test_disposable_list_agrees_with_the_public_one(shared_data):
    listed = set(shared_data("vectors/disposable_email_domains/disposable_email_blocklist.txt").read_text().split())
    assert len(mail_domains.disposable() & listed) > 100
    assert not mail_domains.free_mail() & listed


@given(st.lists(st.none() | st.text(max_size=60) | st.emails(), max_size=8))
def test_never_fails_keeps_height_and_is_idempotent(values):
    raw = pl.Series(values, dtype=pl.String)
    first = email.standardise(raw)
    assert first.height == len(values)
    assert first["verdict"].null_count() == 0
    assert dict(first.schema) == email.SCHEMA
    again = email.standardise(first["value"])
    assert again["value"].to_list() == first["value"].to_list()
    assert again["alt"].to_list() == first["alt"].to_list()
    assert len(email.split(raw)) == len(values)
