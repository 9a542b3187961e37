"""``bias-detect corpus check``: the table that it prints, and its exit codes."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOUND = [
    f"The {who} {what} {when}."
    for who, what in (("nurse", "rang the ward"), ("tutor", "wrote to the clinic"), ("clerk", "closed a file"))
    for when in ("in March", "on Monday", "that week", "at noon", "after lunch", "by bus", "in snow", "twice")
]


def write(path: Path, sentences: list[str], labels=("told", "judged"), header="sentence,label,document") -> Path:
    rows = [f'"{sentence}",{labels[row % len(labels)]},D{row % 3}' for row, sentence in enumerate(sentences)]
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def sound(tmp_path) -> Path:
    return write(tmp_path / "sound.csv", SOUND)


@pytest.fixture
def damaged(tmp_path) -> Path:
    return write(tmp_path / "damaged.csv", [*SOUND, "The motherâ€™s GP, Dr Lomax, rang.", ""])


def lines(result) -> dict[str, str]:
    """Return the lines of the table by what stands under `check`."""
    head, *body = result.out.splitlines()
    start, end = head.index("check"), head.index("count")
    return {line[start:end].strip(): line for line in body}


def test_a_sound_corpus_passes_the_gate(cli, sound):
    result = cli("corpus", "check", sound, "--strict")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines()[0].split() == ["severity", "check", "count", "where", "what", "to", "do"]
    assert all(line.startswith("note ") for line in lines(result).values())
    assert "'told' 12 (50%), 'judged' 12 (50%)" in lines(result)["labels in use"]
    assert "this program carries codebook 1.0" in lines(result)["the corpus names no codebook"]


def test_what_is_found_is_printed_and_only_strict_makes_it_a_gate(cli, damaged):
    result = cli("corpus", "check", damaged)
    assert (result.code, result.err) == (0, "")
    assert lines(result)["garbled characters"].split("  ")[0] == "error"
    assert "row 26: 'â€™'" in lines(result)["garbled characters"]
    assert "row 27" in lines(result)["empty sentences"]
    assert "row 26: L****" in lines(result)["names after titles"]
    assert "Lomax" not in result.out
    strict = cli("corpus", "check", damaged, "--strict")
    assert (strict.code, strict.out) == (1, result.out)


def test_a_warning_alone_closes_the_gate(cli, tmp_path):
    assert cli("corpus", "check", write(tmp_path / "a.csv", [*SOUND, "Dr Lomax rang."]), "--strict").code == 1


def test_labels_can_be_held_to_the_codebook_or_not(cli, sound, tmp_path):
    assert "labels outside the codebook" in lines(cli("corpus", "check", sound, "--labels", "codebook"))
    slip = write(tmp_path / "slip.csv", SOUND, ["descriptive", "explanatory", "explanatry"])
    assert "row 4: 'explanatry'" in lines(cli("corpus", "check", slip))["labels outside the codebook"]
    assert cli("corpus", "check", slip, "--labels", "any", "--strict").code == 1  # of few sentences
    assert "labels outside the codebook" not in lines(cli("corpus", "check", slip, "--labels", "any"))


def test_columns_of_any_name(cli, tmp_path):
    path = write(tmp_path / "a.csv", SOUND, header="text,target,report")
    columns = ["--text-column", "text", "--label-column", "target", "--group-column", "report"]
    assert cli("corpus", "check", path, *columns, "--strict").code == 0


def test_cells_are_not_taken_for_markup(cli, tmp_path):
    path = write(tmp_path / "a.csv", SOUND, ["descriptive", "explanatory", "[/b][red]x"])
    assert "'[/b][red]x'" in cli("corpus", "check", path).out


def test_the_composed_corpus_is_checked(cli):
    result = cli("corpus", "check", ROOT / "data" / "corpus" / "composed.csv")
    assert (result.code, result.err) == (0, "")
    assert "'descriptive' 2,757 (52%)" in lines(result)["labels in use"]
    assert not any(line.startswith("error") for line in lines(result).values())


def test_the_composed_corpus_passes_the_gate_where_its_people_are_allowed_to_have_names(cli):
    looked_at = ["names after titles", "dates of birth", "near-duplicates in several documents"]
    allowed = [option for check in looked_at for option in ("--allow", check)]
    corpus = ROOT / "data" / "corpus" / "composed.csv"
    result = cli("corpus", "check", corpus, "--strict", *allowed)
    assert (result.code, result.err) == (0, "")
    result = cli("corpus", "check", corpus, "--strict", *allowed[:2])
    assert result.code == 1
    assert result.err == f"note: --strict is not passed for: {', '.join(sorted(looked_at[1:], reverse=True))}\n"


def test_an_error_cannot_be_allowed_and_nothing_is_without_a_gate(cli, damaged):
    result = cli("corpus", "check", damaged, "--strict", "--allow", "empty sentences", "--allow", "names after titles")
    assert result.code == 1
    assert "empty sentences" in result.err and "names after titles" not in result.err
    assert "--allow is for --strict" in cli("corpus", "check", damaged, "--allow", "empty sentences").error


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("absent.csv", None, "no such file"),
        ("empty.csv", b"", "is empty"),
        ("latin.csv", "sentence,label\nThe café was shut.,a\n".encode("latin-1"), "is not UTF-8"),
        ("columns.csv", b"text,label\nShe rang.,a\n", "has no column 'sentence' (it has 'text', 'label')"),
        ("notes.txt", b"She rang.", "is no table that can be read"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(cli, tmp_path, name, content, cause):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    result = cli("corpus", "check", tmp_path / name, "--strict")
    assert cause in result.error
    assert str(tmp_path / name) in result.error
    assert result.out == ""


def test_help_needs_no_heavy_library(environment):
    code = (
        "import sys; sys.argv = ['bias-detect', 'corpus', 'check', '--help']\n"
        "from bias_detect.cli import main; main.execute()\n"
        "print([name for name in ('numpy', 'pandas', 'scipy', 'sklearn', 'spacy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
