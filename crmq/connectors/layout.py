"""Where a table begins and ends inside the rows that were read: notes above, header, notes and totals below.

Works on rows of text, whether they come from delimited text or from a sheet. A header differs from the rows below it:
its cells are labels where theirs are numbers, dates or codes. Where nothing tells them apart the first full row is the
header, as nearly every export has one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median_high

from crmq.connectors.shapes import EMPTY, NUMBER, TEXT, TYPED, family, shape
from crmq.locales import _

Row = Sequence[str]

_LABELS = frozenset(
    {
        "id", "ids", "uid", "guid", "name", "names", "nombre", "nombres", "apellido", "apellidos", "first",
        "last", "given", "family", "surname", "firstname", "lastname", "fullname", "email", "mail", "correo",
        "phone", "telefono", "tel", "mobile", "movil", "celular", "fax", "company", "empresa", "account",
        "cuenta", "compania", "organization", "organizacion", "city", "ciudad", "state", "estado", "provincia",
        "country", "pais", "address", "direccion", "domicilio", "street", "calle", "zip", "cp", "postcode",
        "postal", "postalcode", "date", "fecha", "created", "modified", "updated", "status", "owner",
        "propietario", "type", "tipo", "title", "titulo", "cargo", "puesto", "job", "department",
        "departamento", "website", "web", "url", "description", "descripcion", "notes", "notas", "comments",
        "comentarios", "gender", "sexo", "genero", "birthdate", "birthday", "nacimiento", "age", "edad", "code",
        "codigo", "key", "value", "valor", "amount", "importe", "monto", "price", "precio", "quantity",
        "cantidad", "qty", "total", "number", "numero", "no", "num", "source", "origen", "region", "product",
        "producto", "sku", "order", "pedido", "invoice", "factura", "customer", "cliente", "contact",
        "contacto", "lead", "user", "usuario", "username", "language", "idioma", "currency", "moneda", "nif",
        "cif", "dni", "rfc", "nit", "rut", "ruc", "cuit", "curp", "ssn", "dob", "column", "field", "label",
        "text", "time", "hora", "year", "month", "day",
    }
)  # fmt: skip
_NO_VALUE = frozenset({"n/a", "na", "-", "--", "null", "none", "unknown", "?", "nan", "s/d", "sin dato", "."})
_FURNITURE = re.compile(
    r"""(grand\s+)?totals?\b|totales?\b|sub-?total|suma\b|sum\b|count\b|recuento\b|copyright|©|\(c\)\s|confidential
    |confidencial|generated|generado|created\s+by|report\b|informe\b|source:|fuente:|notes?:|notas?:|page\s+\d|p[aá]gina\s+\d
    |[\d.,]+\s+(rows?|records?|registros|filas|contacts|contactos)\b|end\s+of|fin\s+de|\*+\s*$""",
    re.VERBOSE | re.IGNORECASE,
)
_TOTAL = re.compile(
    r"((grand\s+)?totals?|totale?s?|sub-?total(es)?|suma|sum)\b|\(?[\d.,]+\s+(rows?|records?|registros|filas)\b",
    re.IGNORECASE,
)
_MOST_HEADER_ROWS = 3
_MOST_TIED = 8


@dataclass(frozen=True)
class Layout:
    """Where the header stands among the first rows.

    Attributes:
        preamble: Number of rows above the header (or above the first data row when there is no header).
        header_rows: Number of rows the header takes; 0 when there is none.
        headers: The labels, several rows joined by a blank; empty without a header.
        why: The code of the evidence; :func:`reason` gives it in words.
    """

    preamble: int
    header_rows: int
    headers: tuple[str, ...]
    why: str

    @property
    def body(self) -> int:
        """Index of the first data row."""
        return self.preamble + self.header_rows


def find(rows: Sequence[Row], tied: Mapping[int, int] | None = None) -> Layout:
    """Return the layout of a table from its first rows (a hundred or so); rows may differ in length.

    Args:
        rows: The rows, empty ones included.
        tied: Rows in which cells begin that are merged downwards, with the last row of those: a header ends below it.
    """
    fills = [_fill(row) for row in rows]
    filled = [f for f in fills if f]
    if not filled:
        return Layout(len(rows), 0, (), "data")
    usual = median_high(filled[len(filled) // 3 :])
    wide = [f >= max(1, min(2, usual), (usual + 1) // 2) for f in fills]
    first = wide.index(True) if True in wide else 0
    bottom = (tied or {}).get(first, first)
    if first < bottom < min(first + _MOST_TIED, len(rows) - 1):
        return _header(rows, first, bottom - first + 1, "typed")
    typed = _typed_columns(rows[first + 1 :], wide[first + 1 :])
    if not typed:
        return _without_types(rows, fills, first)
    leaning = [_leaning(row, typed) if f else 0 for row, f in zip(rows, fills, strict=True)]
    data = next((i for i in range(first, len(rows)) if leaning[i] > 0), len(rows))
    if data == first:
        return Layout(first, 0, (), "data")
    labels = [i for i in range(first, data) if wide[i] and leaning[i] < 0 and _is_label_row(rows[i])]
    start = max(labels, key=lambda i: (len({*rows[i]} - {""}), -i), default=first)
    if start > first and not (fills[start] >= usual and data - start <= _MOST_HEADER_ROWS):
        start = first
    top = start
    while top > 0 and start - top < _MOST_HEADER_ROWS - 1 and _groups(rows, top - 1):
        top -= 1
    if top > 0 and fills[top - 1] > 1:  # notes stand close above: these are no group labels
        top = start
    return _header(rows, top, start - top + _header_height(rows, start, data, typed), "typed")


def reason(code: str) -> str:
    """Return the evidence for or against a header in words."""
    said = {
        "typed": _("its labels differ from the numbers, dates and codes below"),
        "labels": _("it holds words that are usual as labels"),
        "first": _("the first full row; nothing speaks against it"),
        "single": _("the only row holds labels, no values"),
        "data": _("the first full row looks like the rows below it"),
    }
    return said[code]


def _fill(row: Row) -> int:
    return sum(1 for cell in row if cell.strip())


def _typed_columns(rows: Sequence[Row], wide: Sequence[bool]) -> dict[int, frozenset[str]]:
    """Return the columns whose cells are numbers, dates, addresses and the like, with the shapes they have."""
    body = [row for row, w in zip(rows, wide, strict=True) if w]
    body = body[len(body) // 4 :] if len(body) > 8 else body
    found = {}
    for j in range(max(map(len, body), default=0)):
        kinds = Counter(family(shape(row[j])) for row in body if j < len(row))
        kinds.pop(EMPTY, None)
        total = kinds.total()
        typed = frozenset(kind for kind in kinds if kind in TYPED)
        if total and sum(kinds[kind] for kind in typed) >= 0.75 * total:
            found[j] = typed
    return found


def _leaning(row: Row, typed: dict[int, frozenset[str]]) -> int:
    """Return how many typed columns a row agrees with, less those it does not: above 0 is data, below a header."""
    total = 0
    for j, kinds in typed.items():
        kind = family(shape(row[j])) if j < len(row) else EMPTY
        if kind == EMPTY:
            continue
        if row[j].strip().lower() in _NO_VALUE:
            continue
        total += 1 if kind in kinds else -1
    if total > 0 and _counts_up(row, typed):
        return -total
    return total


def _counts_up(row: Row, typed: dict[int, frozenset[str]]) -> bool:
    """Tell whether the numbers of a row are labels: years or ordinals one apart, behind a label in words."""
    numbers = [row[j].strip() for j in sorted(typed) if j < len(row) and family(shape(row[j])) == NUMBER]
    if len(numbers) < 2 or not all(n.isdigit() and len(n) <= 4 for n in numbers) or shape(row[0]) != TEXT:
        return False
    steps = {int(b) - int(a) for a, b in pairwise(numbers)}
    return steps in ({1}, {-1})


def _is_label_row(row: Row) -> bool:
    """Tell whether a row holds labels and nothing else."""
    return all(shape(cell) not in TYPED for cell in row)


def _groups(rows: Sequence[Row], at: int) -> bool:
    """Tell whether a row holds labels over groups of columns: gaps where the row below has labels."""
    upper, lower = [cell.strip() for cell in rows[at]], [cell.strip() for cell in rows[at + 1]]
    if any(shape(cell) in TYPED or cell.endswith(":") for cell in (*upper, *lower)):
        return False
    last = max((j for j, cell in enumerate(upper) if cell), default=0)
    labels = sum(1 for j, cell in enumerate(upper) if cell and (j == 0 or cell != upper[j - 1]))
    return 2 <= labels < _fill(lower) and 2 * last >= len(lower) - 1


def _header_height(rows: Sequence[Row], start: int, data: int, typed: dict[int, frozenset[str]]) -> int:
    """Return how many of the rows from ``start`` up to the data are header: more than one needs good evidence."""
    height = 1
    while start + height < data and height < _MOST_HEADER_ROWS:
        upper, lower = rows[start + height - 1], rows[start + height]
        same = [cell.strip() for cell in upper] == [cell.strip() for cell in lower]
        cells = [cell.strip() for cell in lower if cell.strip()]
        explains = (
            len(typed) >= 2
            and len(cells) >= 0.8 * _fill(upper)
            and _is_label_row(lower)
            and len(set(cells)) == len(cells)
            and sum(cell.startswith(("(", "[")) for cell in cells) >= 0.5 * len(cells)
        )
        groups = height == 1 and _groups(rows, start) and _is_label_row(lower)
        if not (same or explains or groups):
            break
        height += 1
    return height


def _without_types(rows: Sequence[Row], fills: Sequence[int], first: int) -> Layout:
    """Return the layout where every column is text: by what the labels are, else the first full row is the header."""
    row = [cell.strip() for cell in rows[first]]
    body = rows[first + 1 :]
    labels = sum(is_usual_label(cell) for cell in row)
    if not any(fills[first + 1 :]):
        kinds = [shape(cell) for cell in row if cell]
        typed = sum(kind in TYPED for kind in kinds)
        header = typed < 0.5 * len(kinds) or labels > typed
        return _header(rows, first, 1, "single") if header else Layout(first, 0, (), "single")
    again = sum(
        1 for j, cell in enumerate(row) if cell and any(j < len(other) and other[j].strip() == cell for other in body)
    )
    if (
        len(body) > 3
        and labels <= again
        and again >= max(1, 0.3 * sum(map(bool, row)))
        and row != [*map(str.strip, body[0])]
    ):
        return Layout(first, 0, (), "data")
    if not labels and any(shape(cell) in ("email", "url", "phone", "date", "datetime") for cell in row):
        return Layout(first, 0, (), "data")
    if first + 1 < len(rows) and _groups(rows, first):
        below = [cell for cell in rows[first + 1] if cell.strip()]
        if sum(is_usual_label(cell) for cell in below) >= 0.5 * len(below):
            return _header(rows, first, 2, "labels")
    same = 1
    while same < len(rows) - first and same < _MOST_HEADER_ROWS and [c.strip() for c in rows[first + same]] == row:
        same += 1
    return _header(rows, first, same, "labels" if labels else "first")


def is_usual_label(cell: str) -> bool:
    """Tell whether a cell holds a word that is usual as a label of a column."""
    return bool(_words(cell) & _LABELS)


def _words(cell: str) -> set[str]:
    folded = cell.lower().translate(str.maketrans("áéíóúüñ", "aeiouun"))
    return set(re.findall(r"[a-z]+", folded))


def _header(rows: Sequence[Row], start: int, height: int, why: str) -> Layout:
    """Return the layout with the labels of its header rows; a label over a group of columns holds for all of it."""
    width = max(len(row) for row in rows[start : start + height])
    lines = []
    for k in range(height):
        cells = [cell.replace("\ufeff", "") for cell in rows[start + k]] + [""] * (width - len(rows[start + k]))
        if k < height - 1:
            cells = _spread(cells, rows[start + k + 1])
        lines.append(cells)
    headers = []
    for parts in zip(*lines, strict=True):
        distinct = list(dict.fromkeys(part for part in parts if part.strip()))
        headers.append(" ".join(part.strip() for part in distinct) if len(distinct) > 1 else (distinct or [""])[0])
    return Layout(start, height, tuple(headers), why)


def _spread(upper: list[str], lower: Row) -> list[str]:
    """Return group labels repeated over the columns they stand above, up to the next group label."""
    result, label = [], ""
    for j, cell in enumerate(upper):
        label = cell or label
        below = j < len(lower) and lower[j].strip()
        result.append(cell or (label if below else ""))
    return result


def footer(rows: Sequence[Row], headers: Sequence[str], body: Sequence[Row]) -> int:
    """Return how many of the last rows are notes or totals and no data, blank lines above them included.

    Args:
        rows: The last rows of the table; an empty row stands for a blank line.
        headers: The labels of the table.
        body: Rows of the table to compare with, the first ones for instance.
    """
    fills = [fill for fill in map(_fill, body) if fill]
    usual = median_high(fills) if fills else 0
    if usual < 2 and len(headers) < 3:
        return 0
    start = len(rows)
    while start > 0:
        filled = [cell.strip() for cell in rows[start - 1] if cell.strip()]
        if filled and not _narrow(filled, usual):
            break
        start -= 1
    tail = [[cell.strip() for cell in row if cell.strip()] for row in rows[start:]]
    notes = [cells for cells in tail if cells]
    if not notes:
        return 0
    divided = not tail[0] and usual >= 3
    total = any(_TOTAL.match(cells[0]) for cells in notes)
    several = len(notes) > 1 and any(_FURNITURE.match(cell) for cells in notes for cell in cells)
    return len(tail) if divided or total or several or _lacks(rows[start:], body) else 0


def _lacks(tail: Sequence[Row], body: Sequence[Row]) -> bool:
    """Tell whether two or more last rows lack what rows of the table never lack: at least three columns."""
    rows = [row for row in body if _fill(row)]
    if len(rows) < 8 or len(tail) < 2:
        return False
    width = min(map(len, rows))
    always = [j for j in range(width) if all(row[j].strip() for row in rows[: len(rows) - len(tail)])]
    return all(sum(1 for j in always if j >= len(row) or not row[j].strip()) >= 3 for row in tail if _fill(row))


def _narrow(filled: list[str], usual: int) -> bool:
    """Tell whether a row is too narrow for data: a note or a total."""
    if _TOTAL.match(filled[0]) and len(filled) <= max(1, 0.6 * usual):
        return True
    if len(filled) > max(1, min(2, usual // 3)):
        return False
    return all(shape(cell) in (TEXT, EMPTY) or _FURNITURE.match(cell) for cell in filled[:1])
