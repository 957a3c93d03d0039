"""What is known of mail domains: free mailboxes, throw-away ones, placeholders, and the typos of the big providers."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import polars as pl

from crmq.values import facts

_FILE = "emails.yaml"
_ENDINGS_OF_COM = ("cm", "co", "om", "cam", "comm")
"""Endings that exist, and that after the name of a provider are a mistyped ``com``."""
_COMMON_TLDS = ("com", "net", "org")


@cache
def free_mail() -> frozenset[str]:
    """Return the domains where anyone can have a mailbox: they say nothing of a company."""
    return frozenset(facts.strings(_FILE, "free_mail")) | frozenset(d for ds in _providers().values() for d in ds)


@cache
def disposable() -> frozenset[str]:
    """Return the throw-away domains met most."""
    return frozenset(facts.strings(_FILE, "disposable"))


@cache
def placeholders() -> frozenset[str]:
    """Return the domains that are typed to get past a form."""
    return frozenset(facts.strings(_FILE, "placeholder_domains"))


@cache
def top_level() -> frozenset[str]:
    """Return the top-level domains of the root zone, in A-label form."""
    return facts.lines("tlds.txt")


def describe(domains: pl.Series) -> pl.DataFrame:
    """Return what is known of each domain, one row per distinct non-null value.

    Args:
        domains: Domains in lower case, A-label form.

    Returns:
        ``domain``, ``is_free``, ``is_disposable``, ``is_junk`` (a placeholder), ``tld_known``, and ``meant``: the
        domain that a mistyped one stands for, else null.
    """
    frame = domains.rename("domain").drop_nulls().unique().to_frame()
    domain = pl.col("domain")
    parent = domain.str.replace(r"^[^.]+\.", "")
    frame = frame.select(
        "domain",
        is_free=domain.is_in(sorted(free_mail())),
        is_disposable=domain.is_in(sorted(disposable())) | parent.is_in(sorted(disposable())),
        is_junk=domain.is_in(sorted(placeholders()))
        | domain.str.contains(r"(?:^|\.)(?:example|ejemplo|test)\.[a-z.]+$"),
        tld_known=domain.str.extract(r"([^.]+)$").is_in(sorted(top_level())),
    )
    suspects = frame.filter(
        ~pl.col("is_free") & ~pl.col("is_disposable") & ~pl.col("is_junk") & (~pl.col("tld_known") | _near())
    )
    meant = {name: better for name in suspects["domain"] if (better := meant_domain(name)) is not None}
    frame = frame.with_columns(
        meant=domain.replace_strict(meant, default=None, return_dtype=pl.String) if meant else pl.lit(None, pl.String)
    )
    meant_junk = pl.col("meant").is_in(sorted(placeholders())).fill_null(value=False)
    return frame.with_columns(is_junk=pl.col("is_junk") | meant_junk)


@cache
def meant_domain(domain: str) -> str | None:
    """Return the domain that a mistyped one stands for (``gmial.com`` -> ``gmail.com``), or None.

    Only the big providers are known well enough to call something else a typo; beside them, an ending that does not
    exist and is one edit away from ``com``, ``net`` or ``org``.
    """
    if domain in free_mail():
        return None
    name, _, ending = domain.partition(".")
    for provider, owned in _providers().items():
        if name == provider:
            better = _owned(provider, ending, owned)
            if better is not None or domain.rpartition(".")[2] in top_level():
                return better
        elif name in _typo_names().get(provider, frozenset()):
            return _owned(provider, ending, owned) or owned[0]
        elif _near_names().get(name) == provider:
            return _owned(provider, ending, owned)
    head, _, tld = domain.rpartition(".")
    if head and tld not in top_level():
        for common in _COMMON_TLDS:
            if _one_edit(tld, common):
                return f"{head}.{common}"
    return None


def _owned(provider: str, ending: str, owned: list[str]) -> str | None:
    """Return the provider's domain with that ending, mending the ending where it is plainly a typo."""
    if f"{provider}.{ending}" in owned:
        return f"{provider}.{ending}"
    if len(owned) == 1 or ending in _ENDINGS_OF_COM or ending.startswith("com.com"):
        return owned[0]
    if ending.rpartition(".")[2] in top_level():
        return None
    near = [d for d in owned if _one_edit(ending, d.partition(".")[2])]
    return near[0] if near else None


def _near() -> pl.Expr:
    """Return which domains begin with the name of a provider or a typo of it."""
    names = {*_providers(), *_near_names(), *(t for ts in _typo_names().values() for t in ts)}
    return pl.col("domain").str.extract(r"^([^.]+)").is_in(sorted(names))


@cache
def _providers() -> dict[str, list[str]]:
    return {name: list(domains) for name, domains in facts.read(_FILE)["providers"].items()}


@cache
def _typo_names() -> dict[str, frozenset[str]]:
    return {provider: frozenset(names) for provider, names in facts.read(_FILE)["typo_names"].items()}


@cache
def _near_names() -> dict[str, str]:
    """Return every name one edit away from exactly one provider, but those that are real."""
    real = {*facts.strings(_FILE, "not_typos"), *_providers()}
    found: dict[str, set[str]] = {}
    for provider in _providers():
        for name in _edits(provider):
            found.setdefault(name, set()).add(provider)
    return {name: next(iter(owners)) for name, owners in found.items() if len(owners) == 1 and name not in real}


def _edits(word: str) -> Iterable[str]:
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    for i in range(len(word) + 1):
        head, tail = word[:i], word[i:]
        yield from (head + letter + tail for letter in letters)
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in letters)
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]


@cache
def _one_edit(a: str, b: str) -> bool:
    """Return whether one letter added, lost, changed or swapped with its neighbour turns ``b`` into ``a``."""
    return a != b and abs(len(a) - len(b)) <= 1 and a in set(_edits(b))
