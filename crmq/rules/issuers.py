"""Which country a tax or national id belongs to: where it was issued, else where the party or the table is at home."""

from __future__ import annotations

import polars as pl

from crmq.rules.views import View

_HOME = {"PR": "US"}
"""Countries whose numbers another one issues."""


def issued_in(view: View, country: str) -> pl.Expr:
    """Return which rows of a view on ``identifiers`` hold a number of a country.

    A number that shows its issuer counts there; any other, and one issued for a territory by another country, where
    the record says it is, else in the default country of its table.
    """
    records, rows = view.context.tables.records, view.record_rows
    assert rows is not None
    lands = {(t.source, t.object, t.country) for t in view.context.mapped if t.country}
    told = pl.DataFrame(sorted(lands), schema=dict.fromkeys(("source", "object", "land"), pl.String), orient="row")
    told = told.unique(["source", "object"], keep="first", maintain_order=True)
    own = view.frame.select("source", "object").with_columns(records["country"].gather(rows).alias("country"))
    placed = own.join(told, on=["source", "object"], how="left", maintain_order="left")
    here = placed.select(pl.coalesce("country", "land")).to_series()
    home = here.replace(_HOME)
    issuer = pl.col("issuer_country")
    land = pl.when(issuer.is_not_null() & issuer.ne_missing(pl.lit(home))).then(issuer).otherwise(pl.lit(here))
    return (land == country).fill_null(value=False)
