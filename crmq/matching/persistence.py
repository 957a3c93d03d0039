"""The model as a plain dictionary, enough to score any pair of the same data again."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from crmq.errors import InternalError
from crmq.matching.comparison import RIVALS
from crmq.matching.features import Features
from crmq.matching.groups import Grouping
from crmq.matching.model import Model, weights_from
from crmq.matching.settings import MatchSettings
from crmq.matching.weights import Fit, blank_shares

VERSION = 1


def to_dict(features: Features, model: Model, grouping: Grouping, settings: MatchSettings) -> dict[str, Any]:
    """Return the model as a dictionary of plain values.

    Shares are written in full precision. ``counts`` holds the number of parties per value where it is two or more;
    every other value of the column belongs to one.
    """
    fit = model.fit
    fields: list[dict[str, Any]] = []
    for k, comparison in enumerate(features.comparisons):
        size = len(comparison.levels)
        column = features.columns[comparison.column]
        start = features.layout.start[comparison.column]
        counts = model.counts[start + 1 : start + 1 + len(column.values)]
        common = np.flatnonzero(counts > 1)
        names = column.values.gather(common).to_list()
        fields.append(
            {
                "name": comparison.name,
                "extra": comparison.extra,
                "levels": list(comparison.levels),
                "m": fit.match[k, :size].tolist(),
                "rivals": {
                    rival: fit.rival[r, k, :size].tolist() for r, rival in enumerate(RIVALS) if fit.shared[r, k]
                },
                "u": fit.random[k, :size].tolist(),
                "holders": int(model.holders[comparison.column]),
                "counts": dict(zip(names, counts[common].tolist(), strict=True)),
            }
        )
    return {
        "version": VERSION,
        "entity": features.entity,
        "fields": fields,
        "priors": {
            "match": fit.prior_match,
            "rivals": dict(zip(RIVALS, fit.prior_rival.tolist(), strict=True)),
            "same_source_bits": model.same_source,
            "other_source_bits": model.other_source,
        },
        "thresholds": {"cluster": settings.threshold, "merge": grouping.merge_threshold},
        "rounds": fit.rounds,
    }


def from_dict(features: Features, stored: dict[str, Any]) -> Model:
    """Return the model for the features of the data it was fitted on.

    Raises:
        InternalError: The features do not have the fields of the model.
    """
    known = [(field["name"], len(field["levels"])) for field in stored["fields"]]
    if known != [(c.name, len(c.levels)) for c in features.comparisons]:
        raise InternalError("the model does not fit the records: it was written for other data")
    match, random = blank_shares(len(known)), blank_shares(len(known))
    rival = np.stack([blank_shares(len(known)) for _rival in RIVALS])
    shared = np.zeros((len(RIVALS), len(known)), dtype=np.uint8)
    counts = np.zeros(len(features.layout.offset), dtype=np.int64)
    holders = np.zeros(len(features.columns), dtype=np.int64)
    for k, (comparison, field) in enumerate(zip(features.comparisons, stored["fields"], strict=True)):
        size = len(comparison.levels)
        match[k, :size], random[k, :size] = field["m"], field["u"]
        for r, name in enumerate(RIVALS):
            shared[r, k] = name in field["rivals"]
            rival[r, k, :size] = field["rivals"].get(name, field["u"])
        holders[comparison.column] = field["holders"]
        start = features.layout.start[comparison.column]
        values = features.columns[comparison.column].values
        told = field["counts"]  # a value that is not there was counted once
        own = values.replace_strict(list(told), list(told.values()), default=1, return_dtype=pl.Int64) if told else 1
        counts[start + 1 : start + 1 + len(values)] = own
    priors = stored["priors"]
    fit = Fit(
        match=match,
        rival=rival,
        random=random,
        prior_match=priors["match"],
        prior_rival=np.array([priors["rivals"][name] for name in RIVALS]),
        shared=shared,
        extra=np.array([field["extra"] for field in stored["fields"]], dtype=np.bool_),
        rounds=stored["rounds"],
        pairs=0.0,
    )
    return Model(
        fit,
        weights_from(features, fit, counts, holders),
        counts,
        holders,
        priors["same_source_bits"],
        priors["other_source_bits"],
    )
