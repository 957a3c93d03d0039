"""Facts: what happened with a party. One row each, keyed by source, object and record id, whoever it belongs to.

A fact names its parties by reference (object and normalised id, or an address or number), never by golden id: those
come with consolidation. Reference columns of a fact end in ``_key``; ``party_key`` is who it is about, ``account_key``
the company behind. Columns of the row that the model has no place for stand in ``extras``, cells that standardising
changed in ``raw``: JSON objects from header to cell, so that a million facts do not become twenty million rows.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from crmq.model.verdicts import Verdict

Schema = Mapping[str, pl.DataType | type[pl.DataType]]
"""Column names and Polars types, in order."""

LOCATOR: Schema = {"file": pl.String, "sheet": pl.String, "line": pl.UInt32}
"""Where a row stands."""

FACT_KEY = ("source", "object", "record_id")
_KEYED: Schema = {**dict.fromkeys(FACT_KEY, pl.String), **LOCATOR}
_TIME = pl.Datetime("us", "UTC")

_PARTIES: Schema = {
    "party_object": pl.String,  # object of the party record, or null where only the whole source tells
    "party_key": pl.String,  # normalised id of the party record
    "party_value": pl.String,  # e-mail address or E.164 number of the party
    "account_object": pl.String,
    "account_key": pl.String,
}
_COMMON: Schema = {
    "record_key": pl.String,  # normalised id, which other facts point to
    "system": pl.String,
    "owner": pl.String,
    "created_at": _TIME,
    "modified_at": _TIME,
    "is_deleted": pl.Boolean,
}
_REST: Schema = {"raw": pl.String, "extras": pl.String}

ORDERS: Schema = {
    **_KEYED,
    "party_object": pl.String,
    "party_key": pl.String,
    "order_no": pl.String,
    "ordered_at": _TIME,
    "status": pl.String,
    "currency": pl.String,
    "total": pl.String,  # exact decimal text, as all amounts
    "total_verdict": Verdict,
    "tax": pl.String,
    "discount": pl.String,
    "shipping": pl.String,
    "channel": pl.String,  # web, shop ... as the source says
    "party_value": pl.String,
    "account_object": pl.String,
    "account_key": pl.String,
    "deal_key": pl.String,
    **_COMMON,
    **_REST,
}

ORDER_LINES: Schema = {
    **_KEYED,
    **_PARTIES,
    "order_key": pl.String,
    "deal_key": pl.String,  # products of an opportunity
    "line_no": pl.String,
    "product_key": pl.String,
    "sku": pl.String,
    "product_name": pl.String,
    "quantity": pl.String,
    "unit_price": pl.String,
    "discount": pl.String,
    "tax": pl.String,
    "total": pl.String,
    "currency": pl.String,
    "status": pl.String,
    "ordered_at": _TIME,
    **_COMMON,
    **_REST,
}

INVOICES: Schema = {
    **_KEYED,
    **_PARTIES,
    "order_key": pl.String,
    "invoice_no": pl.String,
    "issued_at": _TIME,
    "due_at": _TIME,
    "paid_at": _TIME,
    "status": pl.String,
    "total": pl.String,
    "total_verdict": Verdict,
    "tax": pl.String,
    "currency": pl.String,
    "tax_id": pl.String,  # as printed on the invoice
    **_COMMON,
    **_REST,
}

DEALS: Schema = {
    **_KEYED,
    **_PARTIES,
    "name": pl.String,
    "pipeline": pl.String,
    "stage": pl.String,  # as the source writes it
    "outcome": pl.String,  # open, won, lost; null where the source does not tell
    "amount": pl.String,
    "amount_verdict": Verdict,
    "currency": pl.String,
    "probability": pl.String,  # percent
    "expected_close_at": _TIME,
    "closed_at": _TIME,
    "lost_reason": pl.String,
    "campaign_key": pl.String,
    **_COMMON,
    **_REST,
}

CASES: Schema = {
    **_KEYED,
    **_PARTIES,
    "case_no": pl.String,
    "subject": pl.String,
    "kind": pl.String,
    "channel": pl.String,  # canonical, as in interactions
    "channel_raw": pl.String,
    "priority": pl.String,
    "status": pl.String,
    "case_state": pl.String,  # open, closed; null where the source does not tell
    "opened_at": _TIME,
    "closed_at": _TIME,
    "parent_key": pl.String,
    "satisfaction": pl.String,
    **_COMMON,
    **_REST,
}

INTERACTIONS: Schema = {
    **_KEYED,
    **_PARTIES,
    # phone, email, sms, whatsapp, chat, social, visit, web, post, event, note
    "channel": pl.String,
    "channel_raw": pl.String,  # what told it
    "direction": pl.String,  # in, out, internal
    "kind": pl.String,  # as the source says: call, meeting, open, click, bounce ...
    # answered, no_answer, busy, voicemail, failed, sent, delivered, read, clicked, bounced, completed, cancelled ...
    "outcome": pl.String,
    "status": pl.String,  # as the source says
    "subject": pl.String,
    "started_at": _TIME,
    "ended_at": _TIME,
    "duration_s": pl.Float64,
    "from_value": pl.String,  # e-mail address, E.164 number, or as written (an extension)
    "to_value": pl.String,
    "thread_key": pl.String,
    "deal_key": pl.String,
    "case_key": pl.String,
    "order_key": pl.String,
    "campaign_key": pl.String,
    "regarding_key": pl.String,  # of any kind: party, deal, case ...
    **_COMMON,
    **_REST,
}

CAMPAIGN_MEMBERS: Schema = {
    **_KEYED,
    **_PARTIES,
    "campaign_key": pl.String,
    "status": pl.String,
    "responded_at": _TIME,
    **_COMMON,
    **_REST,
}

PRODUCTS: Schema = {
    **_KEYED,
    "sku": pl.String,
    "name": pl.String,
    "category": pl.String,
    "unit_price": pl.String,
    "currency": pl.String,
    "is_active": pl.Boolean,
    **_COMMON,
    **_REST,
}

PARTICIPANTS: Schema = {
    **_KEYED,
    "fact": pl.String,  # table of the fact; null where the row does not tell
    "fact_key": pl.String,  # its normalised id
    "party_object": pl.String,
    "party_key": pl.String,
    "role": pl.String,
    "column": pl.String,
}
"""Further parties of a fact: the second contact of a deal, or a row of a table that links facts to parties."""

FACTS: Mapping[str, Schema] = {
    "orders": ORDERS,
    "order_lines": ORDER_LINES,
    "invoices": INVOICES,
    "deals": DEALS,
    "cases": CASES,
    "interactions": INTERACTIONS,
    "campaign_members": CAMPAIGN_MEMBERS,
    "products": PRODUCTS,
    "participants": PARTICIPANTS,
}
"""Every table of facts. A run has those that its inputs hold rows for."""

TABLE_OF: Mapping[str, str] = {
    "order": "orders",
    "order_line": "order_lines",
    "invoice": "invoices",
    "deal": "deals",
    "case": "cases",
    "interaction": "interactions",
    "campaign_member": "campaign_members",
    "product": "products",
    "participant": "participants",
}
"""Canonical object (``fields.yaml``) -> table of facts."""

CHILD_OBJECTS = ("contact_point", "consent", "relationship")
"""Objects whose rows are children of party records that stand in another table."""
