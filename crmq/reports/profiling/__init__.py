"""A profile, and the comparison of two, as documents for readers: HTML, workbook, Markdown."""

from __future__ import annotations

from typing import IO

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
