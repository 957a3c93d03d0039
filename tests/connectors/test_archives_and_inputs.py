"""What an input stands for: files, folders, globs, archives; what is passed over and what fails is told."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile

import pytest

from crmq.connectors import inputs
from crmq.errors import SourceError

CSV = b"id,name\n1,Ana\n2,Eva\n"


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def names(result):
    return [table.file for table in result.tables]


@pytest.mark.parametrize(("suffix", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)])
def test_compressed_files(tmp_path, suffix, pack):
    path = tmp_path / f"contacts.csv.{suffix}"
    path.write_bytes(pack(CSV))
    (table,) = inputs.read([str(path)]).tables
    assert table.file == str(path)
    assert table.frame.rows() == [("1", "Ana"), ("2", "Eva")]


def test_compression_is_seen_by_content_not_by_name(tmp_path):
    path = tmp_path / "contacts.csv"
    path.write_bytes(gzip.compress(CSV))
    (table,) = inputs.read([str(path)]).tables
    assert table.headers == ["id", "name"]


def test_members_of_a_zip_and_what_is_no_data(tmp_path):
    path = tmp_path / "export.zip"
    path.write_bytes(zipped(**{"b/Account.csv": CSV, "a/Contact.csv": CSV, "logo.png": b"\x89PNG", "__MACOSX/x": b"1"}))
    result = inputs.read([str(path)])
    assert names(result) == [f"{path}!a/Contact.csv", f"{path}!b/Account.csv"]
    assert [one.where for one in result.skipped] == [f"{path}!logo.png"]


def test_hostile_member_names_touch_no_file(tmp_path):
    path = tmp_path / "in" / "evil.zip"
    path.parent.mkdir()
    path.write_bytes(zipped(**{"../../outside.csv": CSV, "/etc/absolute.csv": CSV}))
    result = inputs.read([str(path)])
    assert len(result.tables) == 2
    assert [p.name for p in tmp_path.rglob("*")] == ["in", "evil.zip"]


def test_archives_in_archives_are_bounded(tmp_path):
    inner = zipped(**{"c.csv": CSV})
    once, twice = zipped(**{"inner.zip": inner}), zipped(**{"deep.zip": zipped(**{"inner.zip": inner})})
    (tmp_path / "once.zip").write_bytes(once)
    (tmp_path / "twice.zip").write_bytes(zipped(**{"c.csv": CSV, "deep.zip": twice}))
    (table,) = inputs.read([str(tmp_path / "once.zip")]).tables
    assert table.file.endswith("once.zip!inner.zip!c.csv")
    result = inputs.read([str(tmp_path / "twice.zip")])
    assert len(result.tables) == 1
    assert "not opened" in result.failures[0].error.what


def test_bombs_are_refused(tmp_path):
    path = tmp_path / "bomb.zip"
    path.write_bytes(zipped(**{"a.csv": b"id\n" + b"0\n" * (40 << 20)}))
    with pytest.raises(SourceError, match="out of proportion"):
        inputs.read([str(path)])
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(bytes(80 << 20)))
    with pytest.raises(SourceError, match="out of proportion"):
        inputs.read([str(path)])


def test_limits_on_size(tmp_path):
    path = tmp_path / "big.zip"
    path.write_bytes(zipped(**{"a.csv": CSV * 100}))
    with pytest.raises(SourceError, match="out of proportion"):
        inputs.read([str(path)], inputs.ReadSettings(max_archive_bytes=1000))


@pytest.mark.parametrize("cut", [30, -12])
def test_damaged_archives(tmp_path, cut):
    for name, data in (("a.zip", zipped(**{"a.csv": CSV * 50})), ("a.csv.gz", gzip.compress(CSV * 50))):
        path = tmp_path / name
        path.write_bytes(data[:cut])
        with pytest.raises(SourceError) as caught:
            inputs.read([str(path)])
        assert caught.value.where.startswith(str(path))


def test_a_folder_is_read_to_the_bottom(tmp_path):
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    for name in ("b.csv", "a.csv", "sub/deep/c.tsv", ".hidden.csv", "~$book.xlsx", "README.md", "empty.csv"):
        (tmp_path / name).write_bytes(
            b"" if name.startswith("empty") else CSV.replace(b",", b"\t") if "tsv" in name else CSV
        )
    result = inputs.read([str(tmp_path)])
    assert [p.removeprefix(str(tmp_path)) for p in names(result)] == ["/a.csv", "/b.csv", "/sub/deep/c.tsv"]
    assert {one.where.rsplit("/", 1)[1] for one in result.skipped} == {"README.md", "empty.csv"}
    assert [p.name for p in inputs.files([str(tmp_path)])] == ["README.md", "a.csv", "b.csv", "empty.csv", "c.tsv"]


def test_run_folders_are_left_out(tmp_path):
    (tmp_path / "a.csv").write_bytes(CSV)
    out = tmp_path / "crmq-out"
    out.mkdir()
    (out / "clusters.csv").write_bytes(CSV)
    assert len(inputs.read([str(tmp_path)]).tables) == 2
    from crmq import run

    foreign = tmp_path / "theirs"
    foreign.mkdir()
    (foreign / "manifest.json").write_text(json.dumps({"name": "an extension"}))
    (foreign / "b.csv").write_bytes(CSV)
    real = tmp_path / "run"
    with run.writing(real, command="dedupe", keep=True):
        pass
    (real / "clusters.csv").write_bytes(CSV)
    read = names(inputs.read([str(tmp_path)]))
    assert str(foreign / "b.csv") in read
    assert str(real / "clusters.csv") not in read


def test_globs_and_names(tmp_path):
    for name in ("contacts-2026-01.csv", "contacts-2026-02.csv", "deals.csv"):
        (tmp_path / name).write_bytes(CSV)
    result = inputs.read([f"hub={tmp_path}/contacts-*.csv", f"{tmp_path}/deals.csv"])
    assert [table.source for table in result.tables] == ["hub", "hub", None]
    with pytest.raises(SourceError, match="No file matches"):
        inputs.read([f"{tmp_path}/*.parquet"])


def test_settings_of_one_source(tmp_path):
    (tmp_path / "a.csv").write_bytes("id,name\n1,όνομα\n".encode("iso-8859-7"))
    own = inputs.ReadSettings(by_source={"greek": inputs.ReadSettings(encoding="iso-8859-7")})
    (table,) = inputs.read([f"greek={tmp_path}/a.csv"], own).tables
    assert table.frame["name"].to_list() == ["όνομα"]


def test_what_is_missing_is_told_with_a_suggestion(tmp_path):
    (tmp_path / "contacts.csv").write_bytes(CSV)
    with pytest.raises(SourceError) as caught:
        inputs.read([str(tmp_path / "contact.csv")])
    assert "contacts.csv" in caught.value.hint


def test_one_bad_file_does_not_stop_a_folder(tmp_path):
    (tmp_path / "a.csv").write_bytes(CSV)
    (tmp_path / "b.parquet").write_bytes(b"PAR1 nonsense PAR1")
    result = inputs.read([str(tmp_path)])
    assert len(result.tables) == 1
    assert [f.where.rsplit("/", 1)[1] for f in result.failures] == ["b.parquet"]
    with pytest.raises(SourceError):
        inputs.read([str(tmp_path / "b.parquet")])


def test_nothing_left_is_fatal(tmp_path):
    (tmp_path / "b.parquet").write_bytes(b"PAR1 nonsense PAR1")
    with pytest.raises(SourceError):
        inputs.read([str(tmp_path)])


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.csv", b"%PDF-1.7 ...", "PDF"),
        ("a.xls", b"<html><table><tr><td>x</td></tr></table></html>", "web page"),
        ("a.xml", b'<?xml version="1.0"?><a/>', "XML"),
        ("dump.sql", b"-- dump\nCREATE TABLE a (id int);\nINSERT INTO a VALUES (1);\n", "SQL"),
        ("a.bin", bytes(range(256)) * 20, "not known"),
    ],
)
def test_what_is_no_table_is_named(tmp_path, name, data, said):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(SourceError, match=said) as caught:
        inputs.read([str(path)])
    assert caught.value.hint


def test_text_behind_a_wrong_extension_is_read(tmp_path):
    path = tmp_path / "contacts.xls"
    path.write_bytes(CSV.replace(b",", b"\t"))
    (table,) = inputs.read([str(path)]).tables
    assert table.headers == ["id", "name"]


def test_sources_stay_untouched(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(CSV)
    path.chmod(0o444)
    before = path.stat()
    inputs.read([str(path)])
    assert (path.stat().st_mtime_ns, path.read_bytes()) == (before.st_mtime_ns, CSV)
