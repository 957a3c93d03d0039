"""The formats of ``crmq validate``: JUnit, SARIF, GitHub, Markdown, HTML, workbook.

The structural tests hold the parts of the schemas that readers depend on. Where ``CRMQ_SCHEMAS`` names a folder with
``sarif.json`` (OASIS) the whole document is validated too.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

TEXT = (
    "codigo cliente,nombre completo,e-mail,telefono,empresa\n"
    "1,Ana López,ana.lopez@gmial.com,+34 612 904 718,Acme\n"
    '2,"Eva\n ""la"" Sanz, <b>x</b>",no@no.com,999999999,=1+1\n'
    "3,José Muñoz,bad@@mail,+34 699 120 453,Muñoz e Hijos\n"
)
OPTIONS = ("--country", "ES", "--id", "codigo cliente", "--as-of", "2026-11-22")


@pytest.fixture
def contacts(tmp_path: Path) -> Path:
    path = tmp_path / "contactos.csv"
    path.write_text(TEXT, encoding="utf-8")
    return path


def report(crmq, contacts: Path, format: str, *more: str) -> str:
    done = crmq("validate", contacts.name, *OPTIONS, "--format", format, *more, cwd=contacts.parent)
    assert done.returncode == 1, done.stderr
    return done.stdout


class TestJUnit:
    def test_has_the_strict_form(self, crmq, contacts) -> None:
        root = ET.fromstring(report(crmq, contacts, "junit"))
        assert root.tag == "testsuites" and not root.attrib
        for number, suite in enumerate(root):
            assert suite.get("id") == str(number)
            wanted = {
                "package",
                "id",
                "name",
                "hostname",
                "timestamp",
                "tests",
                "failures",
                "errors",
                "skipped",
                "time",
            }
            assert set(suite.attrib) == wanted
            assert suite.get("timestamp") == "2026-11-22T00:00:00"
            tags = [child.tag for child in suite]
            cases = [t for t in tags if t == "testcase"]
            assert tags == ["properties", *cases, "system-out", "system-err"]
            assert int(suite.get("tests")) == len(cases)
            for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
                assert int(suite.get(name)) == len(suite.findall(f"testcase/{tag}"))
            for case in suite.findall("testcase"):
                assert set(case.attrib) == {"name", "classname", "time"} and len(case) <= 1

    def test_fails_where_the_gate_fails(self, crmq, contacts) -> None:
        root = ET.fromstring(report(crmq, contacts, "junit"))
        failed = {c.get("name").split()[0] for c in root.iter("testcase") if c.find("failure") is not None}
        assert failed == {"EMAIL-001"}
        told = next(c.find("failure").text for c in root.iter("testcase") if c.find("failure") is not None)
        assert "contactos.csv:5:14" in told and "crmq/rules/packs/email.yaml:" in told

    def test_a_rule_asked_for_and_not_checked_is_an_error(self, crmq, contacts) -> None:
        root = ET.fromstring(
            report(crmq, contacts, "junit", "--pack", "address", "--pack", "email", "--fail-on", "info")
        )
        assert {c.get("name").split()[0] for c in root.iter("testcase") if c.find("error") is not None} >= {
            "ADDRESS-001"
        }


class TestSarif:
    def test_points_to_the_cell_and_to_the_rule(self, crmq, contacts) -> None:
        log = json.loads(report(crmq, contacts, "sarif"))
        assert log["version"] == "2.1.0"
        (run,) = log["runs"]
        found = {r["ruleId"]: r for r in run["results"]}
        place = found["EMAIL-001"]["locations"][0]["physicalLocation"]
        assert place["artifactLocation"] == {"uri": "contactos.csv", "uriBaseId": "SRCROOT"}
        assert place["region"] == {"startLine": 5, "startColumn": 14, "endLine": 5, "endColumn": 23}
        # the row begins on line 3, but its cell stands behind a line end inside quotes
        region = found["EMAIL-002"]["locations"][0]["physicalLocation"]["region"]
        assert (region["startLine"], TEXT.splitlines()[3][region["startColumn"] - 1 :][:9]) == (4, "no@no.com")
        rule = found["EMAIL-001"]["relatedLocations"][0]["physicalLocation"]
        assert rule["artifactLocation"]["uri"] == "crmq/rules/packs/email.yaml"
        pack = Path(__file__).parents[2] / "crmq" / "rules" / "packs" / "email.yaml"
        assert "EMAIL-001" in pack.read_text(encoding="utf-8").splitlines()[rule["region"]["startLine"] - 1]

    def test_every_reference_holds(self, crmq, contacts) -> None:
        (run,) = json.loads(report(crmq, contacts, "sarif"))["runs"]
        rules = run["tool"]["driver"]["rules"]
        assert len({r["id"] for r in rules}) == len(rules)
        for result in run["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
            assert result["level"] in ("error", "warning", "note")
            assert result["message"]["text"]
            assert re.fullmatch(r"[0-9a-f]{16}", result["partialFingerprints"]["crmq/v1"])
            for location in (*result["locations"], *result["relatedLocations"]):
                base = location["physicalLocation"]["artifactLocation"].get("uriBaseId")
                assert base is None or base in run["originalUriBaseIds"]
        for rule in rules:
            assert len(set(rule["properties"]["tags"])) == len(rule["properties"]["tags"])
        assert run["invocations"][0]["exitCode"] == 1

    def test_is_valid(self, crmq, contacts) -> None:
        folder = os.environ.get("CRMQ_SCHEMAS")
        if not folder:
            pytest.skip("CRMQ_SCHEMAS names no folder")
        import jsonschema

        schema = json.loads((Path(folder) / "sarif.json").read_text(encoding="utf-8"))
        jsonschema.validate(json.loads(report(crmq, contacts, "sarif")), schema)

    def test_states_of_findings(self, crmq, contacts, tmp_path) -> None:
        crmq("validate", contacts.name, *OPTIONS, "--write-baseline", tmp_path / "b.json", cwd=tmp_path)
        done = crmq("validate", contacts.name, *OPTIONS, "--baseline", "b.json", "--format", "sarif", cwd=tmp_path)
        assert done.returncode == 0
        assert {r["baselineState"] for r in json.loads(done.stdout)["runs"][0]["results"]} == {"unchanged"}


class TestGithub:
    def test_annotations(self, crmq, contacts) -> None:
        lines = report(crmq, contacts, "github").splitlines()
        error = next(line for line in lines if line.startswith("::error"))
        assert error.startswith(
            "::error file=contactos.csv,line=5,endLine=5,col=14,endColumn=23,title=EMAIL-001 (1 of 3)::"
        )
        assert "%0Arule: crmq/rules/packs/email.yaml:" in error
        assert lines[-1].startswith("Not ready")

    def test_what_is_written_cannot_become_a_command(self, crmq, tmp_path) -> None:
        path = tmp_path / "a,b.csv"
        path.write_text('name,code\n"x\n::error::y",#REF!\n', encoding="utf-8")
        done = crmq("validate", path.name, "--format", "github", "--show-pii", cwd=tmp_path)
        assert not [line for line in done.stdout.splitlines() if line.startswith("::error::y")]
        assert "file=a%2Cb.csv" in done.stdout


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict]] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


class TestHtml:
    def test_is_whole_and_accessible_and_loads_nothing(self, crmq, contacts) -> None:
        text = report(crmq, contacts, "html")
        page = _Page()
        page.feed(text)
        assert page.open == []
        tags = [tag for tag, _attrs in page.seen]
        assert tags.count("h1") == 1 and tags.count("main") == 1
        assert tags.count("table") == tags.count("caption")
        assert all(attrs.get("scope") for tag, attrs in page.seen if tag == "th")
        assert not {"script", "img", "link", "iframe"} & set(tags)
        assert not [a for _t, a in page.seen if "src" in a or a.get("href", "#").startswith("http")]
        assert dict(page.seen)["html"]["lang"] == "en"

    def test_values_are_escaped_and_masked(self, crmq, contacts) -> None:
        assert "<b>x</b>" not in report(crmq, contacts, "html", "--show-pii")
        assert "no@no.com" not in report(crmq, contacts, "html")

    def test_speaks_spanish(self, crmq, contacts) -> None:
        done = crmq("validate", contacts, *OPTIONS, "--format", "html", "--lang", "es")
        assert '<html lang="es">' in done.stdout and "No es una dirección de correo" in done.stdout


def test_markdown_shows_values_as_text(crmq, contacts) -> None:
    text = report(crmq, contacts, "markdown", "--show-pii")
    assert text.startswith("# Data quality report")
    assert "<b>" not in text.replace("\\<", "")
    widths = [line.count(" | ") for line in text.splitlines() if line.startswith("| EMAIL")]
    assert widths and len(set(widths)) == 1


class TestFiles:
    def test_several_formats_into_a_folder(self, crmq, contacts, tmp_path) -> None:
        out = tmp_path / "out"
        kinds = "junit,sarif,markdown,html,xlsx,github"
        done = crmq("validate", contacts, *OPTIONS, "--format", kinds, "-o", out, "--show-pii")
        assert done.returncode == 1 and done.stdout.startswith("::")
        names = {p.name for p in out.iterdir() if p.is_file()}
        assert {"junit.xml", "validation.sarif", "report.md", "report.html", "report.xlsx", "clean.csv"} <= names
        book = CalamineWorkbook.from_path(str(out / "report.xlsx"))
        assert book.sheet_names[:3] == ["Summary", "Rules", "Findings"]
        rows = book.get_sheet_by_name("Findings").to_python()
        assert {row[0] for row in rows[1:]} >= {"EMAIL-001", "EMAIL-002"}
        before = {p.name: p.read_bytes() for p in out.glob("report.*")}
        crmq("validate", contacts, *OPTIONS, "--format", kinds, "-o", out, "--show-pii")
        assert {p.name: p.read_bytes() for p in out.glob("report.*")} == before

    def test_several_without_a_folder_are_refused(self, crmq, contacts) -> None:
        assert crmq("validate", contacts, "--format", "junit,sarif").returncode == 2

    def test_an_unknown_one_is_refused(self, crmq, contacts) -> None:
        done = crmq("validate", contacts, "--format", "sariff")
        assert done.returncode == 2 and "sarif" in done.stderr

    def test_a_workbook_on_stdout(self, contacts) -> None:
        command = [sys.executable, "-m", "crmq.cli.app"]
        code = "from crmq.cli.app import main; main()"
        command = [sys.executable, "-c", code, "validate", str(contacts), *OPTIONS, "--format", "xlsx"]
        done = subprocess.run(command, capture_output=True, check=False)
        assert done.returncode == 1 and done.stdout.startswith(b"PK")


def test_junit_has_a_case_for_what_reading_found(crmq, tmp_path) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text(TEXT + "9,too,many,cells,in,this,row\n" * 50, encoding="utf-8")
    options = (*OPTIONS, "--pack", "email", "--allow-not-evaluated", "--format", "junit")
    root = ET.fromstring(crmq("validate", path, *options).stdout)
    suite = root.find("testsuite[@name='reading']")
    assert suite.get("failures") == "1"
    told = suite.find("testcase/failure").text
    assert told.count("ragged.csv") == 20
