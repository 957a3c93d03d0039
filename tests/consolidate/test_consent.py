"""Who may be contacted: the rules of consent, one scenario per line."""

from __future__ import annotations

import polars as pl
import pytest

GIVEN, NO = "given", "withdrawn"


def answer(golden, value: str | None = "a@x.com", channel: str = "email", purpose: str = "commercial", sub=None):
    rows = golden["contactability"].filter(
        (pl.col("channel") == channel)
        & pl.col("contact_value").eq_missing(pl.lit(value))
        & (pl.col("purpose") == purpose)
        & pl.col("subscription").cast(pl.String).eq_missing(pl.lit(sub, pl.String))
    )
    return [(row["allowed"], row["reason"]) for row in rows.iter_rows(named=True)]


def said(status: str, year: int | None = None, **fields) -> dict:
    return {"status": status, "captured_at": f"{year}-01-01" if year else None, **fields}


def yes(year: int | None = None, **fields) -> dict:
    return said(GIVEN, year, **fields)


def proven(year: int | None = None, **fields) -> dict:
    return said(GIVEN, year, evidence="double opt-in", **fields)


def no(year: int | None = None, **fields) -> dict:
    return said(NO, year, **fields)


def listed(suppression: str, year: int | None = None) -> dict:
    return said("unknown", year, suppression=suppression)


UNKNOWN, ALLOWED = ("unknown", "no_consent"), ("yes", "given")
WITHDRAWN, UNDATED = ("no", "withdrawn"), ("no", "withdrawn_undated")

SCENARIOS = [
    ("nothing is known", [], UNKNOWN),
    ("unknown stays unknown", [said("unknown")], UNKNOWN),
    ("requested is no consent", [said("requested")], UNKNOWN),
    ("a consent", [yes()], ALLOWED),
    ("a refusal", [said("refused", 2020)], ("no", "refused")),
    ("an expired consent", [said("expired", 2020)], ("no", "expired")),
    ("withdrawal beats an earlier consent", [yes(2019), no(2020)], WITHDRAWN),
    ("withdrawal beats a later consent without evidence", [no(2020), yes(2021)], WITHDRAWN),
    ("a later evidenced opt-in lifts a withdrawal", [no(2020), proven(2021)], ("yes", "given_again")),
    ("an opt-in of the same instant does not", [no(2020), proven(2020)], WITHDRAWN),
    ("an earlier evidenced opt-in does not", [no(2020), proven(2019)], WITHDRAWN),
    ("an undated opt-in lifts nothing", [no(2020), proven()], WITHDRAWN),
    ("an undated withdrawal beats any consent", [no(), proven(2024)], UNDATED),
    ("one undated among dated", [said("refused", 2019), no(), proven(2024)], UNDATED),
    ("an opt-in must be the latest word", [no(2020), proven(2021), said("objected", 2022)], ("no", "objected")),
    ("another purpose says nothing", [yes(purpose="survey")], UNKNOWN),
    ("another channel says nothing", [yes(channel="phone")], UNKNOWN),
    ("a withdrawal for another channel leaves the consent", [no(channel="sms"), yes()], ALLOWED),
    ("a consent for any channel covers this one", [yes(channel="any")], ALLOWED),
    ("a withdrawal for any channel covers this one", [no(channel="any"), proven(2024)], UNDATED),
    ("a withdrawal without purpose", [no(purpose=None), yes()], UNDATED),
    ("a consent without purpose is commercial", [yes(purpose=None)], ALLOWED),
    ("a suppression is stronger than any consent", [proven(2024), listed("robinson", 2020)], ("no", "robinson")),
    ("the strongest suppression is told", [listed("complaint"), listed("erased")], ("no", "erased")),
    ("a suppression is told before a withdrawal", [no(), listed("dnc_list")], ("no", "dnc_list")),
    ("suppression none is none", [yes(suppression="none")], ALLOWED),
    ("a consent to one subscription is not general", [yes(subscription="news")], UNKNOWN),
    ("a withdrawal of one subscription is", [yes(), no(subscription="news")], UNDATED),
]


@pytest.fixture(scope="module", params=[False, True], ids=["one record", "a record each"])
def scenarios(world, request):
    """All scenarios as one world: a party each, with an address of its own."""
    w = world()
    for number, (_name, events, _expected) in enumerate(SCENARIOS):
        group, address = f"p{number}", f"a{number}@x.com"
        who = w.person(group, "crm", email=address)
        for i, event in enumerate(events):
            if request.param:
                who = w.person(group, f"s{i}", email=address)
            w.consent(who, **event)
    return w.golden()


@pytest.mark.parametrize("number", range(len(SCENARIOS)), ids=[s[0] for s in SCENARIOS])
def test_the_answer_for_one_address(scenarios, number) -> None:
    assert answer(scenarios, f"a{number}@x.com") == [SCENARIOS[number][2]]


def test_purposes_are_apart(world) -> None:
    w = world()
    w.consent(w.person("p", "crm", email="a@x.com"), NO)
    golden = w.golden()
    assert answer(golden) == [("no", "withdrawn_undated")]
    assert answer(golden, purpose="transactional") == [("yes", "not_needed")]


@pytest.mark.parametrize(
    ("suppression", "stopped"), [("hard_bounce", True), ("deceased", True), ("erased", True), ("complaint", False)]
)
def test_what_stops_even_transactional_messages(world, suppression, stopped) -> None:
    w = world()
    w.consent(w.person("p", "crm", email="a@x.com"), "unknown", suppression=suppression)
    golden = w.golden()
    assert answer(golden) == [("no", suppression)]
    expected = ("no", suppression) if stopped else ("yes", "not_needed")
    assert answer(golden, purpose="transactional") == [expected]


def test_a_bounce_is_about_one_address_only(world) -> None:
    w = world()
    who = w.person("p", "crm:1", email="a@x.com")
    w.consent(w.person("p", "crm:2", email="b@x.com"), "unknown", suppression="hard_bounce")
    w.consent(who, GIVEN)
    golden = w.golden()
    assert answer(golden) == [("yes", "given")]
    assert answer(golden, "b@x.com") == [("no", "hard_bounce")]


def test_the_dead_are_left_in_peace_on_all_channels(world) -> None:
    w = world()
    who = w.person("p", "crm:1", email="a@x.com", phone="+34600")
    w.consent(who, "unknown", suppression="deceased")
    told = w.golden()["contactability"]
    assert set(told["allowed"]) == {"no"}
    assert {"email", "phone", "sms", "whatsapp"} <= set(told["channel"])


def test_a_withdrawal_holds_for_the_other_addresses_of_the_party(world) -> None:
    w = world()
    w.consent(w.person("p", "crm:1", email="a@x.com"), NO, captured_at="2020-01-01")
    w.consent(w.person("p", "crm:2", email="b@x.com"), GIVEN, captured_at="2021-01-01")
    assert answer(w.golden(), "b@x.com") == [("no", "withdrawn")]


def test_a_consent_does_not_spread_to_other_addresses(world) -> None:
    w = world()
    w.consent(w.person("p", "crm:1", email="a@x.com"), GIVEN)
    w.person("p", "crm:2", email="b@x.com")
    golden = w.golden()
    assert answer(golden) == [("yes", "given")]
    assert answer(golden, "b@x.com") == [("unknown", "no_consent")]


def test_a_consent_does_not_spread_to_another_party_but_a_withdrawal_does(world) -> None:
    for status, expected in ((GIVEN, ("unknown", "no_consent")), (NO, ("no", "withdrawn_undated_elsewhere"))):
        w = world()
        w.consent(w.person("p", "crm:1", email="a@x.com"), status)
        w.person("q", "crm:2", email="a@x.com")
        mine = answer(w.golden())
        assert mine[1] == expected


@pytest.mark.parametrize("kind", ["email", "phone"])
def test_forms_of_one_address_are_one(world, kind) -> None:
    w = world()
    mails = ("ana.ruiz@gmail.com", "anaruiz@gmail.com")
    numbers = ("+525512345678", "+5215512345678")
    one, other = mails if kind == "email" else numbers
    first, second = w.person("p", "crm:1"), w.person("q", "crm:2")
    w.contact(first, kind, one, value_alt=other)
    w.contact(second, kind, other)
    w.consent(second, NO, channel=kind)
    assert answer(w.golden(), one, kind) == [("no", "withdrawn_undated_elsewhere")]


def test_an_unusable_address_gets_no_answer_and_helps_nobody(world) -> None:
    w = world()
    who = w.person("p", "crm:1")
    w.contact(who, "email", None, value_raw="no@no.com", verdict="placeholder")
    w.consent(who, GIVEN)
    golden = w.golden()
    assert golden["contactability"]["contact_value"].to_list() == [None]
    assert answer(golden, None) == [("yes", "given")]


def test_a_consent_of_a_record_without_an_address_does_not_open_that_of_another(world) -> None:
    w = world()
    w.consent(w.person("p", "crm:1"), GIVEN)
    w.person("p", "crm:2", email="a@x.com")
    golden = w.golden()
    assert answer(golden) == [("unknown", "no_consent")]
    assert answer(golden, None) == []


def test_channels_without_contact_points_are_about_the_party(world) -> None:
    w = world()
    w.consent(w.person("p", "crm:1", email="a@x.com"), GIVEN, channel="push")
    assert answer(w.golden(), None, "push") == [("yes", "given")]


def test_subscriptions_have_answers_of_their_own(world) -> None:
    w = world()
    who = w.person("p", "crm:1", email="a@x.com")
    w.consent(who, GIVEN, subscription="news")
    w.consent(who, NO, subscription="offers")
    golden = w.golden()
    assert answer(golden, sub="news") == [("yes", "given")]
    assert answer(golden, sub="offers") == [("no", "withdrawn_undated")]
    assert answer(golden) == [("no", "withdrawn_undated")]


def test_a_general_withdrawal_ends_every_subscription(world) -> None:
    w = world()
    who = w.person("p", "crm:1", email="a@x.com")
    w.consent(who, GIVEN, subscription="news")
    w.consent(who, NO)
    assert answer(w.golden(), sub="news") == [("no", "withdrawn_undated")]


def test_since_is_the_time_of_what_decided(world) -> None:
    w = world()
    who = w.person("p", "crm:1", email="a@x.com")
    w.consent(who, GIVEN, captured_at="2019-01-01")
    w.consent(who, NO, captured_at="2020-05-05")
    since = w.golden()["contactability"].filter(pl.col("purpose") == "commercial")["since"]
    assert [str(t)[:10] for t in since] == ["2020-05-05"]
