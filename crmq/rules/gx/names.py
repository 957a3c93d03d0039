"""Names and marks that crmq adds to the tables that GX looks at."""

from __future__ import annotations

ROW = "crmq_row"
"""Number of the row in crmq's view."""

GROUP = "crmq_group"
"""Number of its group: an object of a source."""

TEXT_SUFFIX = "_text"
"""Added to a column without blanks around its values, where the column itself has some."""

STORED_NUL = "\U0010fff0"
RESTORED_NUL = "\0"
"""Databases keep no NUL in a text; a character for private use stands for it there."""
