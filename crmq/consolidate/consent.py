"""Who may be contacted, where, for what: consent is never loosened by a merge.

An answer is given per party, channel, contact value, purpose and subscription:

- **no** when a refusal or withdrawal stands against it. It counts when it was said by any record of the party for the
  channel and purpose, or by any record of any party about the same address or number. Only a *later, evidenced* opt-in
  of the party for that very value lifts it; an undated refusal is lifted by nothing.
- **no** when a suppression stands against it; nothing lifts one. A hard bounce holds for the address only, whatever the
  purpose; *deceased* and *erased* for everything the party has; any other (complaint, do-not-call list ...) for all
  purposes but the transactional, on its channel.
- **yes** when a record of the party that carries the value was given a consent for channel, purpose and subscription.
- Transactional messages need no consent: **yes** unless something stands against them.
- **unknown** otherwise, also where only the status "unknown" is told. No row means unknown, too.

A consent without a purpose is commercial; a refusal without one stands against every purpose but the transactional.
Channel "any" stands for all channels. A refusal of one subscription counts in the general answer, a consent to one does
not. The general answer has a null subscription.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from crmq.consolidate.parties import Parties
from crmq.consolidate.union import USABLE, Collapsed
from crmq.model.golden import CONTACTABILITY
from crmq.model.tables import conform

COMMERCIAL = "commercial"
TRANSACTIONAL = "transactional"
ANY = "any"
GIVEN = "given"
NEGATIVE = ("expired", "invalidated", "objected", "refused", "revoked", "withdrawn")
"""Statuses that stand against contact; the rest but :data:`GIVEN` say nothing."""

CHANNELS = {"email": "email", "phone": "phone", "sms": "phone", "whatsapp": "phone", "post": "postal"}
"""The type of contact point each channel reaches; other channels belong to the party as a whole."""
BASE = {"email": "email", "phone": "phone", "postal": "post"}
"""The channel on which every usable contact point gets an answer, asked for or not."""

BOUNCE = "hard_bounce"
WHOLE = ("deceased", "erased")
"""Suppressions that end all contact with the party."""

_GENERAL = ""  # subscription of consents that name none
_EVERY = "\x1f"  # subscription under which every refusal is found by the general answer
_STRENGTH = {"erased": 0, "deceased": 1, BOUNCE: 2}
_UNDATED = 0xFFFFFFFF  # later than every time: no consent is later than an undated refusal


@dataclass(frozen=True)
class _Coding:
    """Numbers for everything an event says, so that joins and groups run on integers alone.

    A *topic* is channel, purpose and subscription. A *time* is the rank of a timestamp among all of the event log,
    from 1. The *force* of a refusal orders refusals by what is told of them (the smallest first): suppression by
    strength, said by the party itself, undated, latest, then status and suppression by name; it can be decoded.
    """

    channels: list[str]
    purposes: list[str]
    subscriptions: list[str]
    suppressions: list[str]
    times: pl.Series

    @classmethod
    def of(cls, rows: pl.DataFrame) -> _Coding:
        def known(name: str, *always: str) -> list[str]:
            return sorted({*rows[name].drop_nulls().unique().to_list(), *always})

        return cls(
            known("channel", *CHANNELS, ANY),
            known("purpose", COMMERCIAL, TRANSACTIONAL),
            known("subscription", _GENERAL, _EVERY),
            known("suppression", "none"),
            rows["captured_at"].drop_nulls().unique().sort(),
        )

    # --- topics

    @property
    def free_purposes(self) -> list[str]:
        """All purposes that a general refusal stands against."""
        return [name for name in self.purposes if name != TRANSACTIONAL]

    def topic(self) -> pl.Expr:
        """Return the topic of each row (columns channel, purpose, subscription)."""
        pair = _place("channel", self.channels) * len(self.purposes) + _place("purpose", self.purposes)
        return (pair * len(self.subscriptions) + _place("subscription", self.subscriptions)).alias("topic")

    def number(self, channel: str, purpose: str) -> int:
        """Return the number of a general topic."""
        place = self.channels.index(channel) * len(self.purposes) + self.purposes.index(purpose)
        return place * len(self.subscriptions) + self.subscriptions.index(_GENERAL)

    def with_subscription(self, subscription: str) -> pl.Expr:
        """Return the topic of each row with its subscription replaced."""
        topic, size = pl.col("topic"), len(self.subscriptions)
        return (topic - topic % size + self.subscriptions.index(subscription)).cast(pl.UInt32).alias("topic")

    def is_subscription(self, subscription: str) -> pl.Expr:
        """Return whether the topic of each row has that subscription."""
        return pl.col("topic") % len(self.subscriptions) == self.subscriptions.index(subscription)

    def names(self, topic: pl.Series) -> list[pl.Series]:
        """Return channel, purpose and subscription of each topic."""
        size = len(self.subscriptions)
        shown = pl.Series([None if s == _GENERAL else s for s in self.subscriptions], dtype=pl.Categorical)
        pair = topic // size
        return [
            pl.Series(self.channels, dtype=pl.Categorical).gather(pair // len(self.purposes)).alias("channel"),
            pl.Series(self.purposes, dtype=pl.Categorical).gather(pair % len(self.purposes)).alias("purpose"),
            shown.gather(topic % size).alias("subscription"),
        ]

    # --- times and forces

    def time(self, column: pl.Expr) -> pl.Expr:
        """Return the time of each timestamp, 0 for none."""
        ranks = pl.Series(range(1, len(self.times) + 1), dtype=pl.UInt32)
        return column.replace_strict(self.times, ranks, default=0, return_dtype=pl.UInt32).fill_null(0)

    def timestamps(self, time: pl.Expr) -> pl.Expr:
        """Return the timestamp of each time (null for 0 and for undated)."""
        none = pl.Series([None], dtype=self.times.dtype)
        at = pl.when(time <= len(self.times)).then(time).otherwise(0)
        return pl.lit(none.append(self.times)).gather(at)

    def force(self, *, own: bool) -> pl.Expr:
        """Return the force of each refusal (columns strength, time, status, suppression)."""
        late = pl.lit(_UNDATED, pl.UInt64) - pl.when(pl.col("time") == 0).then(_UNDATED).otherwise(pl.col("time"))
        parts = (
            (pl.col("strength"), 4), (pl.lit(0 if own else 1), 1), (late, 32),
            (_place("status", list(NEGATIVE)), 8), (_place("suppression", self.suppressions), 16),
        )  # fmt: skip
        packed = pl.lit(0, pl.UInt64)
        for part, bits in parts:
            packed = packed * (1 << bits) + part.cast(pl.UInt64)
        return packed.alias("force")

    def told(self, force: pl.Expr) -> dict[str, pl.Expr]:
        """Return what a force says: strength, own, time (:data:`_UNDATED` for none), status, suppression."""
        statuses = pl.lit(pl.Series(NEGATIVE, dtype=pl.String))
        return {
            "suppression": pl.lit(pl.Series(self.suppressions, dtype=pl.String)).gather(force % (1 << 16)),
            "status": statuses.gather(force // (1 << 16) % (1 << 8)),
            "time": _UNDATED - force // (1 << 24) % (1 << 32),
            "own": force // (1 << 56) % 2 == 0,
            "strength": force // (1 << 57),
        }


_NOT_SUPPRESSED = 15  # strength of a refusal that is no suppression


def _place(column: str, names: list[str]) -> pl.Expr:
    return pl.col(column).cast(pl.Enum(names)).to_physical().cast(pl.UInt32)


def contactability(events: pl.DataFrame, points: Collapsed, parties: Parties) -> pl.DataFrame:
    """Return the view (schema ``CONTACTABILITY``) that consumers join instead of reading the event log.

    Args:
        events: The consent events of the standardised tables, attached to the parties.
        points: The contact points.
        parties: The parties.
    """
    rows = events.filter(pl.col("row").is_not_null())
    coding = _Coding.of(rows)
    contacts = _contacts(points)
    refusals, grants = _refusals(rows, coding), _grants(rows, coding)
    own = _strongest(refusals.filter(pl.col("suppression") != BOUNCE), "party", coding, own=True)
    held = _held(refusals, points, coding)
    given = _given(grants, points, contacts)
    asked = _questions(own, held, given, points, contacts, coding)
    return _view(_answers(asked, own, held, given, coding), points, parties, coding)


def _contacts(points: Collapsed) -> pl.DataFrame:
    """Return the usable contact points (target, party, cp_type); ``target`` counts golden rows, usable or not.

    The numbers behind the last golden row stand for the parties as a whole.
    """
    usable = pl.col("verdict").cast(pl.String).is_in(USABLE) & pl.col("value_norm").is_not_null()
    numbered = points.golden.with_row_index("target").filter(usable)
    return numbered.select(pl.col("target").cast(pl.UInt32), "party", "cp_type")


def _as_whole(points: Collapsed) -> pl.Expr:
    """Return the target that stands for the party as a whole."""
    return (pl.col("party") + points.golden.height).cast(pl.UInt32).alias("target")


# ------------------------------------------------------------------ events


def _refusals(rows: pl.DataFrame, coding: _Coding) -> pl.DataFrame:
    """Return refusals and suppressions, one line per topic they stand against.

    Each stands under its own subscription and under :data:`_EVERY`, where the general answer looks.
    """
    rows = rows.with_columns(pl.col("suppression").fill_null("none")).filter(
        (pl.col("suppression") != "none") | pl.col("status").is_in(NEGATIVE)
    )
    suppressed, whole = pl.col("suppression") != "none", pl.col("suppression").is_in(WHOLE)
    every_purpose = whole | (pl.col("suppression") == BOUNCE)
    subscription = pl.when(suppressed).then(pl.lit(_GENERAL)).otherwise(pl.col("subscription").fill_null(_GENERAL))
    purposes = (
        pl.when(every_purpose).then(pl.lit(coding.purposes))
        .when(suppressed | pl.col("purpose").is_null()).then(pl.lit(coding.free_purposes))
        .otherwise(pl.concat_list("purpose"))
    )  # fmt: skip
    strength = pl.col("suppression").replace_strict(_STRENGTH, default=None, return_dtype=pl.Int32)
    weaker = pl.when(suppressed).then(3).otherwise(_NOT_SUPPRESSED)
    return (
        rows.select(
            "row", "party", "suppression",
            _channels(pl.when(~whole).then(pl.col("channel")), coding),
            purposes.alias("purpose"),
            pl.concat_list(subscription, pl.lit(_EVERY)).alias("subscription"),
            status=pl.when(pl.col("status").is_in(NEGATIVE)).then(pl.col("status")).otherwise(pl.lit("withdrawn")),
            time=coding.time(pl.col("captured_at")),
            strength=pl.coalesce(strength, weaker),
        )
        .explode("channel").explode("purpose").explode("subscription")
        .with_columns(coding.topic())
        .drop("subscription", "purpose")
    )  # fmt: skip


def _grants(rows: pl.DataFrame, coding: _Coding) -> pl.DataFrame:
    """Return consents, one line per channel they speak of: when the latest was given, and the latest with evidence."""
    rows = rows.filter((pl.col("status") == GIVEN) & (pl.col("suppression").fill_null("none") == "none"))
    time = coding.time(pl.col("captured_at"))
    return (
        rows.select(
            "row", "party", _channels(pl.col("channel"), coding),
            pl.col("purpose").fill_null(COMMERCIAL), pl.col("subscription").fill_null(_GENERAL),
            given=time, proven=pl.when(pl.col("evidence").is_not_null()).then(time).otherwise(0).cast(pl.UInt32),
        )
        .explode("channel").with_columns(coding.topic())
        .drop("subscription", "purpose")
    )  # fmt: skip


def _channels(channel: pl.Expr, coding: _Coding) -> pl.Expr:
    every = channel.is_null() | (channel == ANY)
    return pl.when(every).then(pl.lit(coding.channels)).otherwise(pl.concat_list(channel)).alias("channel")


def _kind() -> pl.Expr:
    return pl.col("channel").replace_strict(CHANNELS, default=None, return_dtype=pl.String).alias("cp_type")


def _strongest(refusals: pl.DataFrame, who: str | Sequence[str], coding: _Coding, *, own: bool) -> pl.DataFrame:
    """Return, per ``who`` and topic, the force to be told and the latest time (undated is the latest of all)."""
    by = [who] if isinstance(who, str) else list(who)
    refused = pl.when(pl.col("time") == 0).then(_UNDATED).otherwise(pl.col("time")).cast(pl.UInt32).alias("refused")
    packed = refusals.select(*by, "topic", "channel", coding.force(own=own), refused)
    return packed.group_by(*by, "topic").agg(pl.col("force").min(), pl.col("refused").max(), pl.col("channel").first())


def _held(refusals: pl.DataFrame, points: Collapsed, coding: _Coding) -> pl.DataFrame:
    """Return what stands against a contact point because of its value, whoever said it.

    Two values are the same address or number when their comparison forms meet (gmail with and without dots, the
    Mexican +52 and +521). What a party said itself is found by the party too, with more force, so that here everything
    counts as said by another.
    """
    forms = points.rows.select(
        "row", "cp_type", pl.concat_list("value_norm", "value_alt").alias("form"), target=points.into
    )
    forms = forms.explode("form").filter(pl.col("form").is_not_null()).unique()
    said = refusals.with_columns(_kind()).join(forms, on=["row", "cp_type"], how="inner")
    by_value = _strongest(said, ["cp_type", "form"], coding, own=False)  # first: a shared value has many on both sides
    carried = forms.select("cp_type", "form", "target").unique()
    found = carried.join(by_value, on=["cp_type", "form"], how="inner")
    return found.group_by("target", "topic").agg(pl.col("force").min(), pl.col("refused").max())


def _given(grants: pl.DataFrame, points: Collapsed, contacts: pl.DataFrame) -> pl.DataFrame:
    """Return the consents by target: the contact points that the record itself carries.

    Where the party has no contact point of the channel at all, the consent is about the party as a whole.
    """
    grants = grants.with_columns(_kind())
    carried = points.rows.select("row", "cp_type", target=points.into).unique()
    on_values = grants.join(carried, on=["row", "cp_type"], how="inner")
    on_values = on_values.join(contacts.select("target"), on="target", how="semi")
    rest = grants.join(contacts, on=["party", "cp_type"], how="anti").with_columns(_as_whole(points))
    columns = ["target", "party", "topic", "given", "proven"]
    both = pl.concat([on_values.select(columns), rest.select(columns)])
    return both.group_by("target", "party", "topic").agg(pl.col("given", "proven").max())


# ------------------------------------------------------------------ questions and answers


def _questions(
    own: pl.DataFrame,
    held: pl.DataFrame,
    given: pl.DataFrame,
    points: Collapsed,
    contacts: pl.DataFrame,
    coding: _Coding,
) -> pl.DataFrame:
    """Return every target and topic that gets an answer, with its party."""
    columns = ["target", "party", "topic"]
    base = {kind: [coding.number(c, p) for p in (COMMERCIAL, TRANSACTIONAL)] for kind, c in BASE.items()}
    parts = [
        contacts.filter(pl.col("cp_type") == kind).select("target", "party", topic=pl.lit(number, pl.UInt32))
        for kind, numbers in base.items()
        for number in numbers
    ]
    general = pl.when(coding.is_subscription(_EVERY)).then(coding.with_subscription(_GENERAL)).otherwise("topic")
    asked = own.select("party", _kind(), general.alias("topic")).unique()
    on_points = asked.join(contacts, on=["party", "cp_type"], how="inner")
    rest = asked.join(contacts, on=["party", "cp_type"], how="anti").with_columns(_as_whole(points))
    by_value = held.select("target", general.alias("topic")).join(contacts, on="target", how="inner")
    touched = pl.concat([frame.select(columns) for frame in (on_points, rest, by_value, given)])
    asked_anyway = pl.col("topic").is_in([n for numbers in base.values() for n in numbers])
    touched = touched.filter(~asked_anyway | (pl.col("target") >= points.golden.height)).unique()
    return pl.concat([*parts, touched]).sort(columns[1], columns[0], columns[2])


def _answers(
    asked: pl.DataFrame, own: pl.DataFrame, held: pl.DataFrame, given: pl.DataFrame, coding: _Coding
) -> pl.DataFrame:
    """Return the questions with what stands against them (force, refused) and what speaks for them (given, proven).

    The general question looks at every refusal but only at general consents; that of a subscription at the general ones
    and its own.
    """
    is_general = asked.select(coding.is_subscription(_GENERAL)).to_series()
    parts = []
    for general in (True, False):
        mine = asked.filter(is_general if general else ~is_general)
        plain = coding.with_subscription(_GENERAL)
        against = [coding.with_subscription(_EVERY)] if general else [plain, pl.col("topic")]
        hits = [_found(mine, t, found, who) for t in against for found, who in ((own, "party"), (held, "target"))]
        consents = [
            _found(mine, t, given.drop("party"), "target") for t in ([plain] if general else [plain, pl.col("topic")])
        ]
        parts.append(
            mine.with_columns(
                pl.select(pl.min_horizontal(h["force"] for h in hits).alias("force")).to_series(),
                pl.select(pl.max_horizontal(h["refused"] for h in hits).alias("refused")).to_series(),
                pl.select(pl.max_horizontal(c["given"] for c in consents).alias("given")).to_series(),
                pl.select(pl.max_horizontal(c["proven"] for c in consents).alias("proven")).to_series(),
            )
        )
    return pl.concat(parts).sort("party", "target", "topic") if parts[1].height else parts[0]


def _found(asked: pl.DataFrame, topic: pl.Expr, events: pl.DataFrame, who: str) -> pl.DataFrame:
    keys = asked.select(who, topic.alias("topic"))
    return keys.join(events, on=[who, "topic"], how="left", maintain_order="left")


def _view(answers: pl.DataFrame, points: Collapsed, parties: Parties, coding: _Coding) -> pl.DataFrame:
    channel, purpose, subscription = coding.names(answers["topic"])
    transactional = pl.lit(purpose == TRANSACTIONAL)
    told = coding.told(pl.col("force"))
    refused, given = pl.col("force").is_not_null(), pl.col("given").is_not_null()
    suppressed = told["strength"] != _NOT_SUPPRESSED
    lifted = refused & ~suppressed & (pl.col("proven") > pl.col("refused")).fill_null(False)
    stands = refused & ~lifted
    undated, elsewhere = told["time"] == _UNDATED, ~told["own"]
    reason = (
        pl.when(stands & suppressed).then(told["suppression"])
        .when(stands).then(pl.concat_str(told["status"], _if(undated, "_undated"), _if(elsewhere, "_elsewhere")))
        .when(given & refused).then(pl.lit("given_again"))
        .when(given).then(pl.lit("given"))
        .when(transactional).then(pl.lit("not_needed"))
        .otherwise(pl.lit("no_consent"))
    )  # fmt: skip
    allowed = (
        pl.when(stands).then(pl.lit("no")).when(given | transactional).then(pl.lit("yes")).otherwise(pl.lit("unknown"))
    )
    since = coding.timestamps(pl.when(stands).then(told["time"]).when(given).then(pl.col("given")).fill_null(0))
    values = points.golden["value_norm"]
    at = pl.select(pl.when(answers["target"] < len(values)).then(answers["target"])).to_series()
    view = answers.select(
        allowed.cast(pl.Categorical).alias("allowed"), reason.cast(pl.Categorical).alias("reason"), since.alias("since")
    )
    view = view.with_columns(
        channel, purpose, subscription, parties.id_of(answers["party"]), values.gather(at).alias("contact_value")
    )
    return conform(view, CONTACTABILITY)


def _if(condition: pl.Expr, text: str) -> pl.Expr:
    return pl.when(condition).then(pl.lit(text)).otherwise(pl.lit(""))
