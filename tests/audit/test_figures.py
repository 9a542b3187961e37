"""The figures of an audit: they speak, can be told apart, and are the same each time."""

import random
from dataclasses import replace

import pandas as pd
import pytest
from lxml import etree

from bias_detect.auditing.figures import NAMED, draw_reports
from bias_detect.auditing.report import write_report
from bias_detect.errors import UsageError
from bias_detect.palette import label_styles


def test_figures_speak(page):
    figures = page.css("svg")
    assert len(figures) >= 7
    for figure in figures:
        assert figure.attributes["role"] == "img"
        names = figure.attributes["aria-labelledby"].split()
        for name, tag in zip(names, ("title", "desc"), strict=True):
            (element,) = page.css(f"[id='{name}']")
            assert element.tag == tag
            assert len(element.text(strip=True)) > 10
    caterpillar = page.css_first("#reports-hindsight_biased-desc").text()
    assert caterpillar.startswith("25 reports sorted by their share of hindsight-biased sentences")


def test_no_two_labels_share_a_shape():
    styles = label_styles(["descriptive", "explanatory", "hindsight_biased", "other", "not_relevant"])
    assert len({style.marker for style in styles.values()}) == 5
    assert len({style.colour for style in styles.values()}) == 5


def test_figures_are_files_too_and_the_same_each_time(result):
    def files():
        return {
            path.name: path.read_bytes()
            for path in [*(result.folder / "figures").iterdir(), result.folder / "report.html"]
        }

    before = files()
    assert write_report(result) == result.folder / "report.html"
    assert files() == before
    stems = {name[:-4] for name in before if name.endswith(".svg")}
    assert stems == {name[:-4] for name in before if name.endswith(".png")}
    assert {
        "shares",
        "reports-hindsight_biased",
        "reports-explanatory",
        "by-year",
        "by-kind",
        "sections",
        "signals",
    } <= stems
    for stem in stems:
        root = etree.fromstring(before[f"{stem}.svg"])
        assert root.findtext("{*}title") and root.findtext("{*}desc")
        assert "".join(root.itertext("{*}text")).strip()
        assert before[f"{stem}.png"].startswith(b"\x89PNG")


def test_a_folder_that_cannot_be_written_to_is_named(result, tmp_path):
    (tmp_path / "out").write_bytes(b"a file")
    (tmp_path / "sentences").symlink_to(result.sentences_path)
    broken = replace(result, folder=tmp_path)
    (tmp_path / "figures").write_bytes(b"in the way")
    with pytest.raises(UsageError, match="figures: cannot be written"):
        write_report(broken)


@pytest.mark.parametrize("n", [NAMED, NAMED + 1, 2000])
def test_many_reports_are_drawn_in_little_room(n):
    rng = random.Random(n)
    rows = pd.DataFrame({"document": [f"review-{place:04}.pdf" for place in range(n)]})
    rows["value"] = [rng.betavariate(2, 20) for _ in range(n)]
    rows["low"], rows["high"] = rows["value"] * 0.6, rows["value"] * 1.5
    chart = draw_reports(rows, "hindsight_biased", 0.09, name="reports")
    inline = chart.inline()
    assert ("review-0001.pdf</text>" in inline) == (n <= NAMED)
    assert len(inline) < 200_000
    top = rows.loc[rows["value"].idxmax(), "document"]
    assert top in chart.description
