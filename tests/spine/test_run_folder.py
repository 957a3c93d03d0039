"""Outputs appear whole or not at all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from crmq import run
from crmq.errors import OutputError, SourceError

FRAME = pl.DataFrame({"a": ["1", "2"]})


def write(path: Path, value: str, *, keep: bool = False) -> None:
    with run.writing(path, command="test", keep=keep) as writer, writer.stage("one", key=value):
        writer.text("value.txt", value)
        writer.table("tables/frame", FRAME)


def test_a_run_folder_appears_with_its_manifest_and_private_files(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, "first")
    assert (out / "value.txt").read_text() == "first"
    manifest = run.open_manifest(out)
    assert manifest.stages["one"].files == ("tables/frame.parquet", "value.txt")
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    if os.name != "nt":
        assert (out / "value.txt").stat().st_mode & 0o777 == 0o600


def test_an_error_leaves_the_old_state(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, "first")
    with pytest.raises(RuntimeError), run.writing(out, command="test") as writer:
        writer.text("value.txt", "second")
        raise RuntimeError
    assert (out / "value.txt").read_text() == "first"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_later_stage_keeps_what_is_there_and_never_changes_it_in_place(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, "first")
    with pytest.raises(RuntimeError), run.writing(out, command="test", keep=True) as writer:
        with writer.stage("one", key="x"):
            writer.text("value.txt", "changed")
        raise RuntimeError
    assert (out / "value.txt").read_text() == "first"
    with run.writing(out, command="test", keep=True) as writer, writer.stage("two", key="y"):
        writer.text("more.txt", "more")
    assert (out / "value.txt").read_text() == "first"
    assert set(run.open_manifest(out).stages) == {"one", "two"}


def test_a_stage_written_again_removes_its_old_files(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, "first")
    with run.writing(out, command="test", keep=True) as writer, writer.stage("one", key="z"):
        writer.text("other.txt", "x")
    assert not (out / "value.txt").exists()


@pytest.mark.parametrize("content", ["file", "folder"])
def test_what_crmq_did_not_write_is_refused(tmp_path: Path, content: str) -> None:
    out = tmp_path / "out"
    if content == "file":
        out.write_text("mine")
    else:
        out.mkdir()
        (out / "mine.txt").write_text("mine")
    with pytest.raises(OutputError):
        write(out, "x")
    assert (out if content == "file" else out / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("point", ["before", "between", "after"])
def test_an_interrupted_swap_is_finished_at_the_next_start(tmp_path: Path, point: str) -> None:
    out, new, old = tmp_path / "out", tmp_path / ".out.crmq-new-1-x", tmp_path / ".out.crmq-old-1"
    write(out, "first")
    write(tmp_path / "second", "second")
    (tmp_path / "second").rename(new)
    (tmp_path / ".out.crmq-journal").write_text(json.dumps({"new": new.name, "old": old.name}))
    if point != "before":
        out.rename(old)
    if point == "after":
        new.rename(out)
    run.recover(out)
    assert (out / "value.txt").read_text() == "second"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_half_written_journal_changes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, "first")
    (tmp_path / ".out.crmq-journal").write_text('{"new": ".out')
    run.recover(out)
    assert (out / "value.txt").read_text() == "first"


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is not to be had on Windows")
def test_a_killed_writer_leaves_the_old_state_or_the_new(tmp_path: Path) -> None:
    """Kill a process that rewrites a folder without pause, at many points; every state found is whole."""
    out = tmp_path / "out"
    write(out, "0")
    code = (
        "import sys, pathlib; from crmq import run\n"
        "for i in range(100000):\n"
        "    with run.writing(pathlib.Path(sys.argv[1]), command='t') as w, w.stage('one', key=str(i)):\n"
        "        w.text('value.txt', str(i)); w.text('check.txt', str(i))\n"
        "    print(i, flush=True)\n"
    )
    for attempt in range(8):
        child = subprocess.Popen([sys.executable, "-c", code, str(out)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.003 * attempt)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        run.recover(out)
        manifest = run.open_manifest(out)
        assert (out / "value.txt").read_text() == (out / "check.txt").read_text() == manifest.stages["one"].key
        assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_folder_that_is_no_run_folder_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not a run folder"):
        run.open_manifest(tmp_path)
