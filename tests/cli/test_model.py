"""``bias-detect model inspect`` and ``bias-detect model card``."""

import json
import shutil
from pathlib import Path

import pytest

from bias_detect.model.bundle import find_bundle


@pytest.fixture
def bundle(two_class_bundle, tmp_path) -> Path:
    """Return a bundle that a test may damage."""
    return shutil.copytree(two_class_bundle, tmp_path / "mine")


def test_inspect_says_what_a_model_is(cli, bundle):
    result = cli("model", "inspect", bundle)
    assert (result.code, result.err) == (0, "")
    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    lines = result.out.splitlines()
    assert f"model: {bundle}" in lines
    assert "labels: judged, told" in lines
    assert "trained on: 96 sentences of 12 documents" in lines
    assert f"data digest: {manifest['data']['digest']}" in lines
    assert any(line.startswith(f"macro-F1: {manifest['quality']['macro_f1']['value']:.3f} (") for line in lines)


def test_inspect_takes_the_shipped_model_where_none_is_named(cli):
    result = cli("model", "inspect")
    assert (result.code, result.err) == (0, "")
    assert "labels: descriptive, explanatory, hindsight-biased" in result.out


def test_inspect_as_json_is_the_manifest(cli, bundle):
    manifest = json.loads(cli("model", "inspect", bundle, "--json").out)
    assert manifest == json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["format"] == 1
    assert manifest["classes"] == ["judged", "told"]
    assert manifest["seed"] == 0
    assert {"scikit-learn", "spacy", "numpy", "skops"} <= set(manifest["libraries"])
    assert manifest["data"]["files"] == ["two.csv"]
    assert len(manifest["data"]["digest"]) == 64
    assert set(manifest["quality"]["per_class"]) == {"judged", "told"}


def test_card_prints_the_card(cli, bundle):
    result = cli("model", "card", bundle)
    assert (result.code, result.err) == (0, "")
    assert result.raw == (bundle / "MODEL_CARD.md").read_bytes()
    for text in ("# Model card: mine", "| judged |", "| told |", "two.csv", "macro-F1", "Do not let it alone decide"):
        assert text in result.out
    shipped = cli("model", "card")
    assert shipped.raw == (find_bundle("default") / "MODEL_CARD.md").read_bytes()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "model.skops").unlink(), "has no model.skops"),
        (lambda folder: (folder / "manifest.json").unlink(), "is not a model bundle"),
        (lambda folder: (folder / "manifest.json").write_text("{", encoding="utf-8"), "cannot be read"),
        (lambda folder: (folder / "model.skops").write_bytes(b"PK"), "does not have the digest"),
    ],
)
def test_inspect_finds_damage(cli, bundle, damage, message):
    damage(bundle)
    for arguments in ([], ["--json"]):
        result = cli("model", "inspect", bundle, *arguments)
        assert message in result.error
        assert str(bundle) in result.error
        assert result.raw == b""


HUGE = dict.fromkeys(("value", "low", "high"), 10**400)


@pytest.mark.parametrize(
    "change",
    [
        {"libraries": None},
        {"data": {"sentences": "many"}},
        {"quality": [0.9]},
        {"quality": {"macro_f1": HUGE, "protocol": "p"}},
    ],
)
def test_inspect_finds_a_manifest_that_says_less_than_it_should(cli, bundle, change):
    path = bundle / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8")
    assert "manifest.json: is damaged" in cli("model", "inspect", bundle).error


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_inspect_shows_what_the_console_cannot_as_an_escape(process, bundle, encoding):
    path = bundle / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["libraries"]["caf\u00e9"] = "\ud800 \u0416"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    for options in ([], ["--json"]):
        with process("model", "inspect", bundle, *options, env={"PYTHONIOENCODING": encoding}) as started:
            out, err = started.communicate()
        assert (started.returncode, err) == (0, b"")
        assert "caf\u00e9" in out.decode(encoding)
        assert "\\ud800 " in out.decode(encoding)


def test_what_is_not_there_is_one_line(cli, bundle, tmp_path):
    assert "there is no such model" in cli("model", "inspect", tmp_path / "none").error
    assert "there is no such model" in cli("model", "card", tmp_path / "none").error
    (bundle / "MODEL_CARD.md").unlink()
    assert "MODEL_CARD.md: cannot be read" in cli("model", "card", bundle).error
    assert "see 'bias-detect model --help'" in cli("model", "crad").error
