"""The page in headless Chromium: keys are pressed, the download is read, and the run is made again with it."""

from __future__ import annotations

import csv
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from crmq.cli.app import run as crmq_main
from crmq.matching.clerical.questions import Question, Side
from crmq.matching.explain import Bar
from crmq.reports.review import Docket, page

pytest.importorskip("fcntl", reason="the browser is driven over a pipe of Unix")
spec = importlib.util.spec_from_file_location("review_browser", Path(__file__).with_name("browser.py"))
assert spec
assert spec.loader
driver = importlib.util.module_from_spec(spec)
spec.loader.exec_module(driver)

needs_browser = pytest.mark.skipif(
    driver.executable() is None, reason="there is no Chromium here (apt install chromium, or set CRMQ_CHROMIUM)"
)

HOSTILE = [
    "</script><script>window.hacked=1</script>", "<img src=x onerror=window.hacked=1>", '"><b>x</b>', "{n} {all}",
    "=cmd|'/c calc'!A1", "\u2028\u2029\x00\u202e", "javascript:window.hacked=1", "a,b\n\"c\"", "\ud800",
]  # fmt: skip


@pytest.fixture
def chromium(tmp_path: Path) -> Iterator:
    opened = driver.Page(tmp_path / "browser")
    yield opened
    opened.close()


def made(run: Path, *more: str) -> Path:
    path = run.parent / "review.html"
    assert crmq_main(["review", str(run), "--to", str(path), "--quiet", *more]) == 0
    return path


def downloaded(chromium) -> Path:
    path = chromium.downloads / "decisions.csv"
    for _try in range(200):
        if path.exists() and path.stat().st_size:
            return path
        chromium.run("new Promise(done => setTimeout(done, 50))")
    raise AssertionError("nothing was downloaded")


@needs_browser
def test_a_steward_decides_by_keyboard_and_the_run_follows(chromium, run: Path, capsys) -> None:
    chromium.open(made(run))
    capsys.readouterr()
    total = chromium.run("JSON.parse(document.getElementById('data').textContent).questions.length")
    assert chromium.text("place") == f"Question 1 of {total}"
    chromium.press("s", "d", "k", "d")
    assert chromium.text("count") == f"3 of {total} decided"
    assert chromium.text("place") == f"Question 5 of {total}"
    chromium.press("u")
    assert (chromium.text("place"), chromium.text("count")) == (f"Question 4 of {total}", f"2 of {total} decided")
    chromium.press("r", "ArrowLeft", "ArrowLeft")
    assert chromium.text("answer") == "Decided: different"
    chromium.press("n")
    chromium.press(*'so"n', "Escape", "g")
    chromium.wait("document.getElementById('live').textContent.includes('saved with 3')")
    file = downloaded(chromium)
    with file.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [r["decision"] for r in rows] == ["same", "different", "different"]
    assert [r["note"] for r in rows] == ["", 'so"n', ""]
    assert crmq_main(["review", str(run), "--from", str(file), "--quiet", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["new"] == 3
    assert crmq_main(["dedupe", str(run), "--quiet", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["decisions"]["followed"] == 3
    groups = pl.read_csv(run / "clusters.csv", infer_schema=False)
    merge = {tuple(row[:4]): row[5] for row in groups.iter_rows()}
    for r in rows:
        a, b = ((r[f"source_{s}"], r[f"object_{s}"], r[f"record_id_{s}"], r["entity"]) for s in "ab")
        assert (merge[a] == merge[b]) == (r["decision"] == "same")
    assert chromium.errors == []


@needs_browser
def test_progress_is_kept_and_belongs_to_the_run(chromium, run: Path) -> None:
    file = made(run)
    chromium.open(file)
    chromium.press("s", "d")
    chromium.open(file)
    assert chromium.text("count").startswith("2 of")
    assert chromium.text("place").startswith("Question 3")
    other = file.read_text().replace('"run":"', '"run":"x')
    file.with_name("other.html").write_text(other)
    chromium.open(file.with_name("other.html"))
    assert chromium.text("count").startswith("0 of")


@needs_browser
def test_answers_of_the_run_stand_in_the_page(chromium, run: Path, review) -> None:
    from crmq.matching.clerical.desk import Desk

    Desk(review.questions(1)[0], review.store).decide("different")
    chromium.open(made(run))
    assert chromium.text("count").startswith("1 of")
    chromium.press("ArrowLeft")
    assert chromium.text("answer") == "Decided: different"
    chromium.press("c")
    assert chromium.text("count").startswith("0 of")
    chromium.press("u")
    assert chromium.text("count").startswith("1 of")


@needs_browser
def test_filter_search_help_and_letters_that_can_be_turned_off(chromium, run: Path) -> None:
    chromium.open(made(run))
    chromium.press("s", "?")
    assert chromium.run("document.getElementById('help').open")
    chromium.press("d")
    assert chromium.text("count").startswith("1 of"), "the help is read, nothing is decided"
    chromium.run("document.getElementById('shortcuts').click()")
    chromium.press("Escape", "d")
    assert chromium.text("count").startswith("1 of")
    chromium.run("document.getElementById('shortcuts').click()")
    chromium.run("(f => { f.value = 'same'; f.onchange(); })(document.getElementById('filter'))")
    assert chromium.text("place").startswith("Question 1 ")
    chromium.press("/", *"nothing like it")
    assert chromium.run("document.getElementById('same').disabled")
    chromium.press("Escape", "d")
    assert chromium.text("count").startswith("1 of"), "there is no question to answer"
    assert chromium.errors == []


def hostile_docket() -> Docket:
    def side(i: int) -> Side:
        record = (HOSTILE[i], HOSTILE[i + 1], HOSTILE[i + 2])
        names = ("name", "birth_date", "email", "phone", "tax_id", "street", "city", "company_name")
        return Side(record, dict(zip(names, HOSTILE, strict=False)), (record, record), 9)

    bars = tuple(Bar(text, text, text, 1.5, text, text) for text in HOSTILE)
    question = Question(
        "id", "person", side(0), side(4), 0.5, 0.0, HOSTILE[0], bars, HOSTILE[1], HOSTILE[2], "together", 4, 1.0
    )
    return Docket("run", HOSTILE[0], [question], 1, {}, False)


@needs_browser
def test_hostile_values_stay_text(chromium, tmp_path: Path) -> None:
    file = tmp_path / "hostile.html"
    with file.open("w", encoding="utf-8", newline="\n") as out:
        page.write(hostile_docket(), out)
    chromium.open(file)
    assert chromium.text("place") == "Question 1 of 1"
    chromium.press("s", "w")
    assert chromium.run("window.hacked") is None
    assert chromium.run("document.querySelectorAll('img, b, main script').length") == 0
    assert HOSTILE[0] in chromium.text("sides")
    assert chromium.errors == []
    chromium.press("g")
    with downloaded(chromium).open(newline="", encoding="utf-8") as stream:
        assert next(csv.DictReader(stream))["source_a"] == HOSTILE[0]


@needs_browser
def test_the_page_asks_the_network_for_nothing_and_cannot(chromium, run: Path) -> None:
    file = made(run)
    chromium.open(file)
    chromium.press("s", "g")
    assert [r for r in chromium.requests if not r.startswith(("file:", "blob:"))] == []
    assert chromium.run("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')") == "refused"
    assert any("Content Security Policy" in error for error in chromium.errors)
    text = file.read_text(encoding="utf-8")
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in text


@needs_browser
@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_page_can_be_used_by_everyone(chromium, run: Path, lang: str) -> None:
    """Names for all controls, landmarks, focus, contrast of AA in both colours, no sideways scrolling at 400 %."""
    chromium.open(made(run, "--lang", lang))
    assert chromium.run("document.documentElement.lang") == lang
    for landmark in ("header", "nav", "main", "footer", "[aria-live=polite]"):
        assert chromium.run(f"document.querySelectorAll('{landmark}').length") >= 1
    nodes = chromium.send("Accessibility.getFullAXTree")["nodes"]
    controls = [n for n in nodes if n.get("role", {}).get("value") in ("button", "textbox", "searchbox", "combobox")]
    assert len(controls) >= 12
    assert all(n.get("name", {}).get("value") for n in controls)
    chromium.press("Tab")
    assert chromium.run("getComputedStyle(document.activeElement).outlineStyle") != "none"
    for dark in (False, True):
        for width, height in ((1280, 900), (640, 450), (320, 256)):
            chromium.size(width, height, dark)
            assert chromium.run("document.documentElement.scrollWidth") <= width, "nothing is cut off when enlarged"
        assert chromium.run(CONTRAST) == []


CONTRAST = """
(() => {
  const parts = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = (c) => c.slice(0, 3).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const c = parts(getComputedStyle(node).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !node.getClientRects().length || node.disabled || node.closest(":disabled")) continue;
    const [a, b] = [light(parts(getComputedStyle(node).color)), light(ground(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push([node.tagName, node.textContent.slice(0, 30), ratio]);
  }
  return poor;
})()
"""


@needs_browser
def test_a_pair_drawn_to_measure_is_judged_before_crmq_is_heard(chromium, run: Path) -> None:
    chromium.open(made(run, "--sample", "60"))
    assert not chromium.run("document.getElementById('weights').open")
    chromium.press("s", "g")
    with downloaded(chromium).open(newline="", encoding="utf-8") as stream:
        assert next(csv.DictReader(stream))["drawn"]


def test_the_page_is_private_and_the_same_every_time(run: Path) -> None:
    first = made(run)
    assert first.stat().st_mode & 0o777 == 0o600
    text = first.read_bytes()
    assert made(run).read_bytes() == text
    assert "This page holds personal data" in text.decode()


def test_what_is_left_out_is_said(run: Path, capsys) -> None:
    text = made(run, "--limit", "2").read_text(encoding="utf-8")
    assert "2 questions of the run" in text
    assert "more are left out" in text
    assert "more were left out" in capsys.readouterr().out
