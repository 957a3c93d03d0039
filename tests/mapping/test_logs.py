"""A source that holds logs only is a source of its system."""

from __future__ import annotations

HEADER = "CALL ID,TIMESTAMP,CAMPAIGN,CALL TYPE,AGENT,DISPOSITION,ANI,DNIS\n"
ROW = '3001,"Fri, 21 Aug 2026 09:00:06",Ventas,Inbound,eva,Sale,6127259876,9157259876\n'


def test_init_names_the_system_of_a_call_log(tmp_path, cli):
    (tmp_path / "calls.csv").write_text(HEADER + ROW, encoding="utf-8")
    (tmp_path / "contacts.csv").write_text(
        "first_name,last_name,email\nAna,Ruiz,ana@ruizabogados.es\n", encoding="utf-8"
    )
    code, _out, err = cli("init", "calls.csv", "contacts.csv", cwd=tmp_path)
    assert code == 0, err
    text = (tmp_path / "crmq.yaml").read_text(encoding="utf-8")
    assert "# five9: Call log; 1 rows" in text
    assert "# plain table: Contact; 1 rows" in text
