"""The stand-off tables, their data card and the codebook that the repository ships."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from bias_detect.corpus.duplicates import near_duplicates, normalise
from bias_detect.corpus.standoff import documents
from bias_detect.labels import Influence, Label, Signal

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def real(data: Path, build_script: ModuleType) -> dict[str, pd.DataFrame]:
    return {name: build_script.read(data / "real" / f"{name}.csv") for name in build_script.STANDOFF}


@pytest.fixture(scope="module")
def codebook(data: Path) -> str:
    return (data / "CODEBOOK.md").read_text(encoding="utf-8")


def examples(codebook: str) -> list[tuple[str, str]]:
    """Return the codebook's example sentences, each in the cell before the cell of its label."""
    rows = [line.strip(" |").split(" | ") for line in codebook.splitlines() if line.startswith("|")]
    pairs = []
    for cells in rows:
        for sentence, label in itertools.pairwise(cells):
            if re.fullmatch("`[a-z_]+`", label) and not sentence.startswith("`"):
                pairs.append((sentence.strip("| ").replace("**", ""), label.strip("`")))
    return pairs


def test_stand_off_tables_hold_labels_and_no_text(
    data: Path, real: dict[str, pd.DataFrame], build_script: ModuleType
) -> None:
    assert {path.stem for path in (data / "real").glob("*.csv")} == set(real)
    for name, table in real.items():
        assert table.columns.tolist() == build_script.STANDOFF[name]
        assert set(table["label"]) == set(Label)
        assert table["sha16"].str.fullmatch("[0-9a-f]{16}").all()
        assert not table.assign(document=documents(table)).duplicated(["document", "sha16"]).any()
        place = table.drop(columns="url", errors="ignore")
        assert not place.map(lambda cell: " " in cell).any(axis=None)
        assert (table != "").all(axis=None)


@pytest.mark.parametrize("name", ["pfd", "inquiries"])
def test_what_was_labelled_later_had_not_been_labelled_before(real: dict[str, pd.DataFrame], name: str) -> None:
    first, more = real[name], real[f"{name}_more"]
    assert set(more["sha16"]).isdisjoint(first["sha16"])
    places = pd.concat([first, more])[[*first.columns[:2], "start", "length"]].astype({"start": int, "length": int})
    for _, place in places.sort_values("start").groupby(first.columns[:2].tolist()):
        ends = place["start"] + place["length"]
        assert (place["start"].iloc[1:].to_numpy() >= ends.iloc[:-1].to_numpy()).all()


def test_both_votes_stand_behind_a_label_unless_they_differ(real: dict[str, pd.DataFrame]) -> None:
    voted = [table for table in real.values() if "annotator_a" in table]
    assert len(voted) == 3
    for table in voted:
        assert set(table["annotator_a"]) == set(table["annotator_b"]) == set(Label)
        agreed = table[table["annotator_a"] == table["annotator_b"]]
        assert (agreed["label"] == agreed["annotator_a"]).all()


def test_the_data_card_of_the_real_sentences_states_what_is_there(
    data: Path, real: dict[str, pd.DataFrame], build_script: ModuleType
) -> None:
    card = (data / "real" / "README.md").read_text(encoding="utf-8")
    for figures in build_script.real_cards(real):
        assert figures in card
    for name, table in real.items():
        assert f"| `{name}.csv` | {len(table):,} |" in card
    assert f"{sum(map(len, real.values())):,} sentences" in card
    assert "No human has labelled these sentences." in card


def test_the_data_are_those_that_the_script_makes(
    data: Path, shared: Path, tmp_path: Path, build_script: ModuleType
) -> None:
    assert build_script.main([str(shared), "-o", str(tmp_path)]) == 0
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.csv"))
    assert [path.as_posix() for path in made] == ["corpus/composed.csv", "real/inquiries.csv", "real/pfd.csv"]
    for path in made:
        assert (tmp_path / path).read_bytes() == (data / path).read_bytes()


def test_the_cues_are_measured_on_a_stand_off_table(
    real: dict[str, pd.DataFrame], shared: Path, tmp_path: Path
) -> None:
    later = real["inquiries_more"]
    path = tmp_path / "inquiries_more.csv"
    later[later["file"].str.endswith(".md")].head(40).to_csv(path, index=False)
    command = [sys.executable, str(ROOT / "scripts" / "measure_cues.py"), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().startswith("inquiries, unseen: 40 sentences")


def test_the_codebook_names_every_label_signal_and_influence(codebook: str) -> None:
    assert codebook.startswith("# Codebook 1.0\n")
    for name in [*Label, *Signal, *Influence]:
        assert f"| `{name}` |" in codebook


def test_the_codebook_has_examples_of_every_label_and_rule(codebook: str) -> None:
    pairs = examples(codebook)
    assert len(pairs) > 100
    assert {label for _, label in pairs} == set(Label)
    keys = [normalise(sentence) for sentence, _ in pairs]
    assert len(set(keys)) == len(keys)
    for heading in re.findall(r"^#+ .*(?:practice|order|Step|signals|influences|cases).*$", codebook, re.MULTILINE):
        section = codebook.split(heading, 1)[1].split("\n#", 1)[0]
        assert heading.endswith("in this order") or len(examples(section)) >= 3, heading


def test_codebook_examples_are_no_training_sentences(codebook: str, composed: pd.DataFrame) -> None:
    sentences = [sentence for sentence, _ in examples(codebook)]
    alike = near_duplicates([*sentences, *composed["sentence"]], 0.7)
    assert not (alike["first"] < len(sentences)).any()
