"""What GX leaves in the run folder: suites, validation results and Data Docs.

The same run gives the same files: what GX makes up by chance (identifiers, moments, names of working tables) is
replaced by what follows from the content. Values of the data never stand in them (they are in crmq's findings), and
the pages load nothing from elsewhere: GX links styles, scripts and pictures of other sites, which are taken out, and a
small style of crmq's own is put in.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crmq.rules.gx import loading

FOLDER = "gx"
_SPACE = uuid.UUID("6f1c1f5e-6d0e-5d0e-9b51-0c5a7b6f2d11")
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_BUSTER = re.compile(r"\?d=\d{8}T\d{6}\.\d+Z")
_ELSEWHERE = (
    re.compile(r"<script\b[^>]*\bsrc=[\"'](?:https?:)?//[^>]*>\s*</script>", re.S | re.I),
    re.compile(r"<link\b[^>]*\bhref=[\"'](?:https?:)?//[^>]*>", re.S | re.I),
    re.compile(r"<img\b[^>]*\bsrc=[\"'](?:https?:)?//[^>]*>", re.S | re.I),
    re.compile(r"background(?:-image)?\s*:\s*url\([\"']?(?:https?:)?//[^)]*\)\s*;?", re.I),
    re.compile(r"url\([\"']?(?:https?:)?//[^)]*\)", re.I),
    re.compile(r"@import\s+url\([\"']?(?:https?:)?//[^)]*\)\s*;?", re.I),
)
_LINK = re.compile(r"(<a\b[^>]*?)\s+href=[\"'](?:https?:)?//[^\"']*[\"']", re.S | re.I)
_HEAD = re.compile(r"</head>", re.I)
_STYLE = """<style>
body { font-family: sans-serif; margin: 0 auto; max-width: 75rem; padding: 0 1rem; }
.row { display: flex; flex-wrap: wrap; gap: 1rem; }
.col-lg-2, .col-2 { flex: 0 0 14rem; }
.col-lg-8, .col-lg-10, .col-8, .col-10 { flex: 1 1 40rem; min-width: 0; }
table { border-collapse: collapse; margin: .5rem 0; }
td, th { border: 1px solid #ccc; padding: .25rem .5rem; text-align: left; vertical-align: top; }
.badge { background: #eee; border-radius: .25rem; padding: 0 .3rem; }
.text-success { color: #1a7f37; } .text-danger { color: #b42318; } .text-warning { color: #9a6700; }
.modal, .collapse:not(.show), .dropdown-menu, .walkthrough-card { display: none; }
nav ol, .breadcrumb { display: flex; gap: .5rem; list-style: none; padding: 0; }
</style>
</head>"""
_PICTURES = (".png", ".gif", ".ico", ".svg")


@dataclass(frozen=True)
class Document:
    """A file for the run folder: its name, and its content as text."""

    name: str
    text: str


def documents(context: Any) -> Iterator[Document]:
    """Yield suites, validation results and Data Docs of what ran in a context, in a stable order."""
    steady = _Steady()
    for suite in sorted(context.suites.all(), key=lambda one: str(one.name)):
        yield Document(f"{FOLDER}/expectations/{suite.name}.json", steady.data(suite.to_json_dict()))
    store = context.validation_results_store
    for key in sorted(store.list_keys(), key=lambda one: str(one.to_tuple())):
        result = store.get(key)
        _without_chance(result)
        store.set(key, result)
        name = key.expectation_suite_identifier.name
        yield Document(f"{FOLDER}/validations/{name}.json", steady.data(result.to_json_dict()))
    yield from _pages(context, steady)


def _without_chance(result: Any) -> None:
    """Take out of a result what differs between two equal runs, and the lists of row numbers (findings have them)."""
    for name in ("batch_markers", "batch_spec"):
        result.meta[name] = {}
    for part in result.results:
        for name in ("unexpected_index_list", "partial_unexpected_index_list", "unexpected_index_column_names"):
            part.result.pop(name, None)


class _Steady:
    """Replaces identifiers by such that follow from the order in which they stand."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def text(self, text: str) -> str:
        return _UUID.sub(lambda match: self._of(match.group()), text)

    def data(self, data: Any) -> str:
        return self.text(json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True) + "\n")

    def _of(self, name: str) -> str:
        return self._known.setdefault(name, str(uuid.uuid5(_SPACE, str(len(self._known)))))


def _pages(context: Any, steady: _Steady) -> Iterator[Document]:
    site = context.config.data_docs_sites["local_site"]
    own = Path(site["store_backend"]["base_directory"])
    folder = Path(tempfile.mkdtemp(prefix="crmq-gx-"))
    try:
        site["store_backend"]["base_directory"] = str(folder)
        site["show_how_to_buttons"] = False
        with loading.quiet():
            context.build_data_docs()
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.suffix == ".html":
                yield Document(f"{FOLDER}/data_docs/{name}", steady.text(at_home(path.read_text(encoding="utf-8"))))
            elif path.suffix == ".css":
                yield Document(f"{FOLDER}/data_docs/{name}", at_home(path.read_text(encoding="utf-8")))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(own, ignore_errors=True)


def at_home(page: str) -> str:
    """Return a page that loads nothing from elsewhere and links nowhere else."""
    page = _BUSTER.sub("", page)
    for pattern in _ELSEWHERE:
        page = pattern.sub("", page)
    page = _LINK.sub(r"\1", page)
    page = re.sub(rf"<img\b[^>]*\bsrc=[\"'][^\"']*(?:{'|'.join(map(re.escape, _PICTURES))})[\"'][^>]*>", "", page)
    return _HEAD.sub(lambda _match: _STYLE, page, count=1)
