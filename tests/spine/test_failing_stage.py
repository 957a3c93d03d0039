"""A stage that fails while the one before it is being written leaves nothing behind."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from crmq import matching, run
from crmq.pipeline import Pipeline, Request
from crmq.progress import Silent


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export = tmp_path / "people.csv"
    export.write_text("Id,First Name,Email\n1,Ana,ana@acme.es\n2,Luis,luis@acme.es\n", encoding="utf-8")
    real = run.Writer.table

    def slow(writer: run.Writer, *arguments: object) -> Path:
        time.sleep(0.05)  # still writing when the next stage fails
        return real(writer, *arguments)

    def broken(*_arguments: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(run.Writer, "table", slow)
    monkeypatch.setattr(matching, "match", broken)
    with pytest.raises(RuntimeError):
        Pipeline(Request((str(export),)), Silent()).save(tmp_path / "out", command="dedupe", upto="match")
    assert [path.name for path in tmp_path.iterdir()] == ["people.csv"]
