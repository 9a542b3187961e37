"""``bias-detect corpus sample``: from reports to sentences for annotators, and back into the audit."""

import json
import random
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

COLUMNS = ["document", "sentence_id", "section", "page", "paragraph", "sentence", "label", "inclusion", "stratum"]


@pytest.fixture(scope="module")
def reviews(tmp_path_factory) -> Path:
    rng = random.Random(5)
    who, what = ["The nurse", "A porter", "One officer", "The school"], ["rang the ward", "closed the file", "came by"]
    when = ["in May", "on Monday", "at noon", "that week", "at once", "in the end", "too late", "after tea"]
    folder = tmp_path_factory.mktemp("reports") / "reviews"
    folder.mkdir()
    for name in ("ann", "ben", "cat", "dan", "eve", "fay"):
        told = [f"{rng.choice(who)} {rng.choice(what)} {rng.choice(when)}." for _ in range(40)]
        judged = [f"{rng.choice(who)} should have seen it {rng.choice(when)}." for _ in range(8)]
        text = " ".join(rng.sample(told + judged, 48))
        (folder / f"{name}.md").write_text(f"# Review\n\n## Findings\n\n{text}\n")
    return folder


@pytest.fixture(scope="module")
def audited(reviews) -> Path:
    from bias_detect.auditing.run import audit

    return audit(reviews, reviews.parent / "audit", report=False).folder


def label(table: pd.DataFrame) -> pd.DataFrame:
    """Label sentences as a person would who takes every ``should have`` for explanatory."""
    return table.assign(label=["explanatory" if "should" in text else "descriptive" for text in table["sentence"]])


def test_a_sample_of_unequal_chances_goes_round_through_the_audit(cli, tmp_path, reviews, audited):
    path = tmp_path / "sample.csv"
    result = cli(
        "corpus", "sample", audited, "-n", 80, "--by", "label", "--allocation", "equal", "--uncertain", "-o", path
    )
    assert (result.code, result.out) == (0, "")
    assert "80 of 288 sentences" in result.err
    table = pd.read_csv(path)
    assert list(table.columns) == COLUMNS
    assert table["label"].isna().all() and table["inclusion"].nunique() > 10
    assert (table["stratum"] == "hindsight_biased").mean() > 0.3  # a sixth of all

    label(table).to_csv(path, index=False)
    assert cli("audit", reviews, "-o", audited, "--validated", path, "--no-report").code == 0
    shares = json.loads((audited / "summary.json").read_text())["prevalence"]
    assert shares["lead"] == "prediction_powered"
    truth = 48 / 288
    share = shares["by_method"]["prediction_powered"]["explanatory"]
    assert share["low"] < truth < share["high"]
    assert abs(share["value"] - truth) < 0.05 < abs((label(table)["label"] == "explanatory").mean() - truth)


@pytest.mark.parametrize(
    ("kind", "name"), [("prodigy", "s.jsonl"), ("doccano", "s.jsonl"), ("label-studio", "s.json"), ("form", "s.xlsx")]
)
def test_a_sample_comes_back_through_a_tool(cli, tmp_path, reviews, audited, kind, name):
    given, back = tmp_path / name, tmp_path / "back.csv"
    options = ["-n", 30, "--uncertain", "--seed", 2]
    assert cli("corpus", "sample", audited, *options, "--to", kind, "-o", given).code == 0
    if kind == "form":
        book = openpyxl.load_workbook(given)
        header = [cell.value for cell in book.worksheets[0][1]]
        for row in book.worksheets[0].iter_rows(min_row=2):
            row[header.index("label")].value = "descriptive"
        book.save(given)
    elif kind == "label-studio":
        tasks = json.loads(given.read_text())
        choice = {"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": ["descriptive"]}}
        for task in tasks:
            task["annotations"] = [{"completed_by": 1, "was_cancelled": False, "result": [choice]}]
        given.write_text(json.dumps(tasks))
    else:
        tasks = [json.loads(line) for line in given.read_text().splitlines()]
        answer = {"accept": ["descriptive"], "answer": "accept"} if kind == "prodigy" else {"label": ["descriptive"]}
        given.write_text("".join(json.dumps(task | answer) + "\n" for task in tasks))
    assert cli("corpus", "convert", given, "-o", back).code == 0
    table = pd.read_csv(back)
    assert (table["label"] == "descriptive").all()
    plain = tmp_path / "plain.csv"
    cli("corpus", "sample", audited, *options, "-o", plain)
    pd.testing.assert_series_equal(table["inclusion"], pd.read_csv(plain)["inclusion"])
    assert cli("audit", reviews, "-o", tmp_path / "audit", "--validated", back, "--no-report").code == 0


def test_documents_give_the_sample_that_their_audit_gives(cli, tmp_path, reviews, audited):
    one = cli("corpus", "sample", audited, "-n", 20, "--uncertain")
    files = sorted(reviews.iterdir(), reverse=True)
    assert cli("corpus", "sample", *files, "-n", 20, "--uncertain", "-j", 1).out == one.out
    assert cli("corpus", "sample", reviews, "-n", 20, "--uncertain", "-j", 2).out == one.out
    assert cli("corpus", "sample", audited, "-n", 20, "--uncertain", "--seed", 1).out != one.out


def test_a_second_batch_repeats_nothing(cli, tmp_path, audited):
    first, second = tmp_path / "first.jsonl", tmp_path / "second.csv"
    cli("corpus", "sample", audited, "-n", 60, "--to", "prodigy", "-o", first)
    result = cli("corpus", "sample", audited, "-n", 60, "--exclude", first, "-o", second)
    assert "60 annotated before" in result.err and "'inclusion' is 1" in result.err
    before = {json.loads(line)["text"] for line in first.read_text().splitlines()}
    table = pd.read_csv(second)
    assert not before & set(table["sentence"])
    left = int(result.err.split(" of ")[1].split()[0])
    assert table["inclusion"].tolist() == pytest.approx([60 / left] * 60)


def test_tables_of_texts_and_tables_of_sentences(cli, tmp_path):
    texts = tmp_path / "texts.csv"
    texts.write_text("url,concerns\nu1,The nurse rang. Nobody came.\nu2,The ward was full.\n")
    table = cli("corpus", "sample", texts, "-n", 9, "--text-column", "concerns", "--id-column", "url", "-j", 1)
    assert [line.split(",")[:3] for line in table.out.splitlines()[1:]] == [
        ["u1", "p1s1", "concerns"],
        ["u1", "p1s2", "concerns"],
        ["u2", "p1s1", "concerns"],
    ]
    single = tmp_path / "sentences.csv"
    single.write_text("words,document,page\nThe nurse rang.,A,7\nNobody came.,A,8\n,A,9\n")
    result = cli("corpus", "sample", single, "-n", 1, "--sentence-column", "words", "--by", "document")
    assert result.out.splitlines()[0].split(",") == COLUMNS
    assert result.out.splitlines()[1].endswith(",,0.5,A")
    assert "row 4 has no text under 'words'; it is left out" in result.err
    single.write_text("words,report\nThe nurse rang.,A\nNobody came.,B\n")
    columns = ["--sentence-column", "words", "--group-column", "report", "--by", "document"]
    grouped = cli("corpus", "sample", single, "-n", 2, *columns)
    assert [line[:2] + line[-2:] for line in grouped.out.splitlines()[1:]] == ["A,,A", "B,,B"]


def test_what_cannot_be_read_is_named_and_the_rest_is_drawn_from(cli, tmp_path):
    (tmp_path / "a.txt").write_text("The nurse rang. Nobody came.")
    (tmp_path / "b.txt").write_text("")
    result = cli("corpus", "sample", tmp_path, "-n", 5, "-j", 1)
    assert result.code == 0
    assert "b.txt" in result.err and len(result.out.splitlines()) == 3


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["-n", "5", "--allocation", "equal"], "there are none; add --by"),
        (["-n", "5", "--to", "form"], "form is not for the screen; name a file with -o"),
        (["-n", "5", "--to", "prodigy", "-o", "a.csv"], "prodigy is not written to a file that ends in '.csv'"),
        (["-n", "5", "--section", "findings"], "is an audit, which has its own sections"),
        (["-n", "0"], "Invalid value for '--size'"),
        (["-n", "5", "--exclude", "absent.csv"], "absent.csv: no such file"),
        ([], "'--size'"),
    ],
)
def test_what_does_not_go_together_is_said(cli, audited, options, says):
    assert says in cli("corpus", "sample", audited, *options).error


def test_other_paths_that_do_not_go_together(cli, tmp_path, reviews, audited):
    table = tmp_path / "a.csv"
    table.write_text("sentence\nThe nurse rang.\n")
    assert "name it alone" in cli("corpus", "sample", audited, reviews, "-n", 5).error
    assert "a table of sentences among documents" in cli("corpus", "sample", table, reviews, "-n", 5).error
    assert "for documents" in cli("corpus", "sample", table, "-n", 5, "--section", "findings").error
    assert "for tables" in cli("corpus", "sample", reviews, "-n", 5, "--sentence-column", "x").error


def test_the_tables_of_an_audit_are_not_written_over(cli, audited):
    for table in (audited / "reports.csv", next((audited / "sentences").rglob("*.parquet"))):
        before = table.read_bytes()
        result = cli("corpus", "sample", audited, "-n", 5, "-o", table)
        assert result.code == 2 and "would be written over" in result.err
        assert table.read_bytes() == before
