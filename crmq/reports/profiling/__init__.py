"""A profile, and the comparison of two, as documents for readers: HTML, workbook, Markdown."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import IO

from crmq.profile.drift import Comparison
from crmq.reports.document import Document


def write(format: str, document: Document, text: IO[str], binary: IO[bytes]) -> None:
    """Write a document in one of the formats for readers, to the stream that fits it."""
    if format == "html":
        from crmq.reports import page

        page.write(document, text)
    elif format == "xlsx":
        from crmq.reports import workbook

        workbook.write(document, binary)
    else:
        from crmq.reports import markup

        markup.write(document, text)


def write_comparison(format: str, comparison: Comparison, inputs: Sequence[str], *, show_pii: bool) -> None:
    """Write a comparison of two deliveries to stdout, in any format of ``crmq profile``."""
    from crmq.reports.profiling import comparing

    if format == "json":
        from crmq.reports import json

        shown = comparing.masked(comparison, show_pii=show_pii)
        json.emit("profile-comparison", 1, {**shown.plain(), "masked": not show_pii})
        return
    document = comparing.document(comparison, inputs, show_pii=show_pii)
    if format == "terminal":
        from crmq.reports.terminal import documents

        documents.report(document)
    else:
        write(format, document, sys.stdout, sys.stdout.buffer)
