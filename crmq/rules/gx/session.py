"""What crmq's own expectation looks at while a validation of crmq runs through GX.

GX hands an expectation its arguments and the batch. Inside a run the rest (the other tables, what reading found, the
checks that were planned) is here; an expectation that a client runs in a context of his own finds no session and makes
do with the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

import polars as pl

from crmq.rules.checks import RowCheck, TableCheck
from crmq.rules.evaluation import Outcome, Planned
from crmq.rules.pack import Rule
from crmq.rules.views import GROUP, View


@dataclass
class Session:
    """The rules of one view that crmq's own expectation evaluates.

    Attributes:
        view: The view; its frame gives the types of the columns.
        planned: The checks of each rule, by the rule's id.
        columns: The columns that they need, with their names in the batch; in that order.
        again: Makes the checks of a rule on a view again (its frame is what the batch holds).
        in_place: Whether the rows were never read: then all checks are made again.
        outcomes: What came out, per rule and check.
        error: What went wrong; GX keeps only its text.
    """

    view: View
    planned: dict[str, list[Planned]]
    columns: dict[str, str]
    again: Callable[[Rule, View], Sequence[RowCheck | TableCheck]]
    in_place: bool = False
    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)
    error: Exception | None = None

    def typed(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of a batch with the names and types of the view."""
        schema = self.view.frame.schema
        return frame.rename({here: name for name, here in self.columns.items()}).select(
            read_back(name, schema[name]) for name in self.columns
        )


_active: ContextVar[Session | None] = ContextVar("crmq_gx_session", default=None)


def active() -> Session | None:
    """Return the session that is running, if any."""
    return _active.get()


@contextmanager
def running(session: Session) -> Iterator[None]:
    """Make a session the active one."""
    token = _active.set(session)
    try:
        yield
    finally:
        _active.reset(token)


def as_stored(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame with types that every store keeps: text, whole numbers, truth values.

    Timestamps become ISO 8601 text with microseconds; they are read back by :func:`read_back`.
    """
    made = []
    for name, dtype in frame.schema.items():
        column = pl.col(name)
        if isinstance(dtype, pl.Datetime):
            column = column.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f")
        elif not (dtype.is_integer() or dtype in (pl.Boolean, pl.String)):
            column = column.cast(pl.String)
        made.append(column)
    return frame.select(made)


def read_back(name: str, dtype: pl.DataType) -> pl.Expr:
    """Return a column that came back from a store in the type that it had."""
    column = pl.col(name)
    if isinstance(dtype, pl.Datetime):
        made = column.cast(pl.String).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit=dtype.time_unit)
        return made.dt.replace_time_zone(dtype.time_zone) if dtype.time_zone else made
    if dtype == pl.Boolean:  # databases without truth values give numbers
        return column.cast(pl.Int8).cast(pl.Boolean)
    return column.cast(dtype)


def look(session: Session, planned: Sequence[Planned], frame: pl.DataFrame) -> list[Outcome]:
    """Evaluate checks on the rows of a batch.

    Args:
        session: The session.
        planned: Checks of one rule.
        frame: The columns they need, typed as in the view.
    """
    out = []
    made: Sequence[RowCheck | TableCheck] = [item.check for item in planned]
    if session.in_place or any(isinstance(check, TableCheck) for check in made):
        # what a kind counted or looked up while planning, it did on rows that are not there yet
        held = replace(_holding(session.view, frame), applies=planned[0].applies)
        made = session.again(planned[0].rule, held)
    for item, check in zip(planned, made, strict=True):
        if isinstance(check, TableCheck):
            out.append(Outcome({check.group: (check.evaluated, check.failures.height)}, made=check.failures))
            continue
        bits = frame.lazy().select(pl.col(GROUP), pl.when(item.applies).then(check.passes).alias("bit")).collect()
        out.append(Outcome(counted(bits), (~bits["bit"]).fill_null(value=False).arg_true().cast(pl.UInt32)))
    return out


def counted(bits: pl.DataFrame) -> dict[int, tuple[int, int]]:
    """Return evaluated and failed rows per group of a frame with the columns of group and ``bit``."""
    done = pl.col("bit").is_not_null().sum()
    bad = (~pl.col("bit")).sum().fill_null(0)
    rows = bits.lazy().group_by(GROUP).agg(done.alias("done"), bad.alias("bad")).filter(pl.col("done") > 0)
    return {group: (done, bad) for group, done, bad in rows.sort(GROUP).collect().iter_rows()}


def _holding(view: View, frame: pl.DataFrame) -> View:
    """Return a view whose rows are those that the batch holds."""
    if view.raw is None:
        return replace(view, frame=frame, _memory={})
    lines = view.raw.raw.lines
    if len(lines) != frame.height:  # the rows stand in a database and were not read before
        lines = pl.int_range(1, frame.height + 1, dtype=pl.UInt32, eager=True)
    held = replace(view.raw.raw, frame=frame.drop(GROUP), lines=lines)
    return replace(view, frame=frame, raw=replace(view.raw, raw=held), _memory={})
