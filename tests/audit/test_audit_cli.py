"""``bias-detect audit`` as a person runs, stops and resumes it."""

import csv
import io
import os
import re
import sys

import openpyxl
import pandas as pd
import pytest

from bias_detect.auditing.run import audit
from bias_detect.cli import audit as command
from bias_detect.cli import main

JUDGED = "Staff should have seen that he was in danger."


@pytest.fixture
def cli(capfd, monkeypatch):
    """Return a function that runs the command line here and gives exit code, output and errors."""

    def run(*args: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["bias-detect", "audit", *map(str, args)])
        capfd.readouterr()
        code = main.execute()
        return (code, *capfd.readouterr())

    return run


def test_an_audit_writes_its_files_and_says_what_it_found(tmp_path, reviews, cli):
    (reviews / "broken.pdf").write_bytes(b"nothing")
    about = tmp_path / "about.csv"
    about.write_text("file,year\nann.md,2019\n")
    folder = tmp_path / "audit"
    code, out, err = cli(reviews, "-o", folder, "--jobs", 1, "--metadata", about, "--sentences-csv", "--xlsx")
    assert code == 0
    assert out == f"{folder}\n"
    assert "7 documents: 6 scored, 1 failed" in err
    assert "hindsight-biased: " in err
    assert "failures.csv" in err
    assert {path.name for path in folder.iterdir() if not path.name.startswith(".")} == {
        "reports.csv", "groups.csv", "failures.csv", "duplicates.csv", "summary.json", "sentences", "sentences.csv",
        "sentences.xlsx", "report.html", "figures",
    }  # fmt: skip
    assert "2019" in (folder / "reports.csv").read_text()

    _, _, err = cli(reviews, "-o", folder, "--jobs", 1, "--no-report")
    for name in ("report.html", "figures", "sentences.csv", "sentences.xlsx"):
        assert not (folder / name).exists()  # it would speak of another run
    assert "removed, since they no longer fit: report.html, sentences.csv, sentences.xlsx, figures\n" in err


def test_what_still_fits_is_kept_and_what_a_person_wrote_is_never_lost(tmp_path, reviews, prose, cli, contents):
    folder = tmp_path / "audit"
    cli(reviews, "-o", folder, "--jobs", 1, "--sentences-csv", "--xlsx")
    before = contents(folder)
    _, _, err = cli(reviews, "-o", folder, "--jobs", 1, "--no-report")
    assert contents(folder) == before
    assert "removed" not in err

    (folder / "figures" / "mine.png").write_bytes(b"my own")
    for name in ("sentences.xlsx", "report.html", "figures/shares.svg"):
        (folder / name).write_bytes(f"my notes on {name}".encode())
    _, _, err = cli(reviews, "-o", folder, "--jobs", 1, "--xlsx")
    assert (folder / "sentences.xlsx").read_bytes() == b"my notes on sentences.xlsx"
    assert (folder / "report.html").read_bytes() == b"my notes on report.html"

    (reviews / "new.md").write_text(prose(99))
    _, _, err = cli(reviews, "-o", folder, "--jobs", 1, "--xlsx")
    for name in ("sentences.earlier.xlsx", "report.earlier.html", "figures/shares.earlier.svg"):
        assert (folder / name).read_bytes() == f"my notes on {name.replace('.earlier', '')}".encode()
    assert "sentences.xlsx was changed by hand and no longer fits: it is kept as sentences.earlier.xlsx\n" in err
    assert "removed, since it no longer fits: sentences.csv\n" in err
    assert "Audit of 7 reports" in (folder / "report.html").read_text(encoding="utf-8")
    assert (folder / "figures" / "mine.png").read_bytes() == b"my own"
    assert openpyxl.load_workbook(folder / "sentences.xlsx")["sentences"].max_row > 80


def test_an_audit_whose_page_could_not_be_written_is_no_finished_one(tmp_path, reviews, prose, cli):
    folder = tmp_path / "audit"
    cli(reviews, "-o", folder, "--jobs", 1, "--no-report")
    (reviews / "new.md").write_text(prose(99))
    (folder / "figures").write_bytes(b"in the way")
    code, _, err = cli(reviews, "-o", folder, "--jobs", 1)
    assert code == 2 and "cannot be written" in err
    assert not (folder / "summary.json").exists()
    (folder / "figures").unlink()
    assert cli(reviews, "-o", folder, "--jobs", 1)[0] == 0
    assert (folder / "summary.json").exists()


def test_corrections_that_disagree_are_said_before_any_share_and_lead_to_a_range(tmp_path, prose, cli):
    folder = tmp_path / "reviews"
    folder.mkdir()
    for place in range(6):  # prose that the model was not measured on
        text = "Because the clinic had no access to the record, the teacher relied on what the mother said on day {n}. "
        told = "Greater care at the hostel on day {n} was needed, as the key worker later said. "
        sentences = "".join((text + told * 2).format(n=10 * place + line) for line in range(8))
        (folder / f"{place}.md").write_text(f"# Analysis\n\n{sentences}\n", encoding="utf-8")
    code, _, err = cli(folder, "-o", tmp_path / "audit", "--jobs", 1, "--no-report")
    assert code == 0
    warning = "warning: The corrections disagree on "
    assert re.search(
        r"disagree on [a-z-]+ \(adjusted count [\d.]+%, expectation-maximisation [\d.]+%\): this prose", err
    )
    assert warning in err and "Validate a sample (bias-detect corpus sample …) before you quote a share" in err
    assert err.index(warning) < err.index("ranges over all estimates and as counted, with 95% intervals:")
    assert re.search(r"hindsight-biased: [\d.]+% to [\d.]+%; counted [\d.]+% \(", err)
    assert err.count("The corrections disagree") == 1


def test_one_of_a_kind_is_said_in_the_singular(tmp_path, cli):
    (tmp_path / "reviews").mkdir()
    for name in ("a.txt", "b.txt"):
        (tmp_path / "reviews" / name).write_text(JUDGED)
    _, _, err = cli(tmp_path / "reviews", "-o", tmp_path / "audit", "--jobs", 1, "--no-report")
    assert "2 documents: 1 scored, 1 duplicate\n" in err
    assert "1 sentence; " in err
    _, _, err = cli(tmp_path / "reviews" / "a.txt", "-o", tmp_path / "one", "--jobs", 1, "--no-report")
    assert "1 document: 1 scored\n" in err


def test_csv_and_workbook_hold_every_sentence(tmp_path, cli):
    draft = tmp_path / "draft.txt"
    draft.write_text(f"{JUDGED}\n\n=1+1 was written on the form.\n\nMüller rang.\n", encoding="utf-8")
    folder = tmp_path / "audit"
    code, *_ = cli(draft, "-o", folder, "--jobs", 1, "--no-report", "--sentences-csv", "--xlsx")
    assert code == 0
    whole = pd.read_parquet(folder / "sentences")
    text = (folder / "sentences.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    assert [row["sentence_id"] for row in rows] == whole["sentence_id"].tolist()
    assert [row["sentence"] for row in rows] == [JUDGED, "'=1+1 was written on the form.", "Müller rang."]
    assert '"signal": "counterfactual"' in rows[0]["signals"]
    assert rows[0]["page"] == ""
    sheet = openpyxl.load_workbook(folder / "sentences.xlsx")["sentences"]
    cells = list(sheet.iter_rows(values_only=True))
    assert list(cells[0]) == list(rows[0])
    assert [row[7] for row in cells[1:]] == [row["sentence"] for row in rows]
    assert cells[1][9] == pytest.approx(whole["confidence"][0])


def test_a_workbook_goes_on_on_further_sheets_and_takes_any_text(tmp_path, reviews, monkeypatch):
    from bias_detect.auditing import export

    (reviews / "odd.txt").write_text("It rang.\x01\n\n" + "very " * 8_000 + "long.\n", encoding="utf-16")
    result = audit(reviews, tmp_path / "audit", report=False)
    monkeypatch.setattr(export, "SHEET_ROWS", 21)
    book = openpyxl.load_workbook(export.write_sentences_xlsx(result))
    rows = [row for sheet in book for row in list(sheet.iter_rows(values_only=True))[1:]]
    assert len(rows) == len(result.sentences)
    assert all(sheet.max_row <= 21 for sheet in book)
    assert max(len(str(row[7])) for row in rows) <= 32_767


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["{reviews}"], "no folder for the results is named; add -o DIR"),
        (["{reviews}/missing", "-o", "{audit}"], "does not exist"),
        (["{reviews}/ann.md", "-o", "{reviews}"], "holds other things than an audit"),
        (["{reviews}", "-o", "{audit}", "--jobs", "2", "--scheduler", "tcp://here:1"], "do not go together"),
        (["{reviews}/broken.pdf", "-o", "{audit}", "--jobs", "1"], "broken.pdf: is not a PDF"),
    ],
)
def test_what_cannot_be_run_is_one_line_and_exit_code_2(tmp_path, reviews, cli, args, says):
    (reviews / "broken.pdf").write_bytes(b"nothing")
    code, out, err = cli(*(arg.format(reviews=reviews, audit=tmp_path / "audit") for arg in args))
    assert (code, out) == (2, "")
    assert says in err
    assert err.startswith("bias-detect: ")
    assert err.count("\n") == 1


def test_without_a_scored_report_the_exit_code_is_2_and_the_failures_are_there(tmp_path, cli):
    folder = tmp_path / "reviews"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(b"nothing")
    (folder / "b.txt").touch()
    code, out, err = cli(folder, "-o", tmp_path / "audit", "--jobs", 1)
    assert (code, out) == (2, "")
    assert "none of the 2 documents could be scored" in err
    assert len(pd.read_csv(tmp_path / "audit" / "failures.csv")) == 2


def test_progress_is_lines_where_it_goes_to_a_file(tmp_path, reviews, cli, monkeypatch):
    monkeypatch.setattr(command, "EVERY", 0.0)
    _, _, err = cli(reviews, "-o", tmp_path / "audit", "--jobs", 1, "--no-report")
    lines = [line for line in err.splitlines() if " of 6 documents" in line]
    assert lines[0] == "0 of 6 documents"
    assert lines[-1].startswith("6 of 6 documents, ")
    assert all("a second" in line and "left" in line for line in lines[1:])


@pytest.mark.skipif(os.name == "nt", reason="needs a terminal of its own")
def test_progress_is_a_bar_on_a_terminal(tmp_path, reviews, process):
    import pty

    main_end, terminal = pty.openpty()
    running = process("audit", reviews, "-o", tmp_path / "audit", "--jobs", 1, "--no-report", stderr=terminal)
    os.close(terminal)
    shown = b""
    while True:
        try:
            part = os.read(main_end, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    assert running.wait(timeout=60) == 0
    assert b"6 of 6 documents" in shown


def test_what_an_audit_reads_is_never_written_over(tmp_path, reviews, cli):
    folder = tmp_path / "audit"
    cli(reviews, "-o", folder, "--jobs", 1, "--no-report", "--sentences-csv")
    for option, name in (("--metadata", "reports.csv"), ("--validated", "sentences.csv")):
        before = (folder / name).read_bytes()
        code, _, err = cli(reviews, "-o", folder, "--jobs", 1, "--no-report", option, folder / name)
        assert code == 2
        assert "is read, and would be written over" in err
        assert (folder / name).read_bytes() == before
