"""What once broke."""

from __future__ import annotations

from pathlib import Path


def test_a_table_with_only_a_country_is_standardised(crmq, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,first name,last name,country\n1,Ana,Ruiz,Mexico\n2,Luis,Gil,Peru\n")
    done = crmq("dedupe", path, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
