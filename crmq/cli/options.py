"""The options that commands share, declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crmq.locales import _

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT...",
        help=_("File, folder, glob, zip, database URL, NAME=path, a project file (crmq.yaml) or a run folder."),
        show_default=False,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="DIR", help=_("Folder to write to; it must be new, empty or a run folder.")),
]
Format = Annotated[
    str, typer.Option("--format", metavar="terminal|json", help=_("How the report is written to stdout."))
]
TableFormat = Annotated[str, typer.Option("--tables", metavar="csv|parquet", help=_("Format of the tables written."))]
Lang = Annotated[str | None, typer.Option("--lang", metavar="en|es", help=_("Language of the reports."))]
Country = Annotated[
    str | None,
    typer.Option("--country", metavar="XX", help=_("Default country (ISO code) of phones, postal codes and tax ids.")),
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help=_('What "now" means, as YYYY-MM-DD (default: today).'))
]
ShowPii = Annotated[bool, typer.Option("--show-pii", help=_("Show personal data in reports instead of masking it."))]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help=_("No progress and no notes on stderr."))]
Debug = Annotated[bool, typer.Option("--debug", help=_("Show the traceback of an error."))]
Threads = Annotated[int | None, typer.Option("--threads", min=1, metavar="N", help=_("Processor cores to use."))]
Ids = Annotated[
    list[str] | None,
    typer.Option("--id", metavar="COLUMN", help=_("Column that holds the record id, where it is not recognised.")),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option("--ignore", metavar="COLUMN", help=_("Keep a column (a truth label, say) out of everything.")),
]
SourceColumn = Annotated[
    str | None,
    typer.Option("--source-column", metavar="COLUMN", help=_("Column whose values name the source of each row.")),
]
Mapping = Annotated[
    Path | None, typer.Option("--mapping", metavar="FILE", help=_("Accepted mapping, as written by crmq map --write."))
]
IncludeDeleted = Annotated[
    bool, typer.Option("--include-deleted", help=_("Treat rows that were deleted in their source like all others."))
]
