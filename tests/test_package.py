"""The package as it is installed: its public face, its cheap import, and the wheel in an empty environment."""

import json
import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

import bias_detect

ROOT = Path(__file__).parents[1]
JUDGED = "Staff should have seen that he was in danger."
TOLD = "The nurse rang the ward."


def run(*command: object, folder: Path, **variables: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env={**kept, **variables},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_public_names_are_there_and_no_others():
    assert dir(bias_detect) == sorted(bias_detect.__all__)
    assert all(hasattr(bias_detect, name) for name in bias_detect.__all__)
    assert {"load_model", "score", "read_document", "Label", "__version__"} <= set(bias_detect.__all__)
    with pytest.raises(AttributeError, match="no attribute 'scores'"):
        bias_detect.scores  # noqa: B018 - what is asked for is the error


def test_importing_the_package_costs_nothing(tmp_path):
    heavy = ("numpy", "pandas", "sklearn", "spacy", "scipy", "skops", "docx", "pypdfium2", "lxml", "typer", "rich")
    code = f"import sys, bias_detect; dir(bias_detect); print([name for name in {heavy} if name in sys.modules])"
    assert run(sys.executable, "-c", code, folder=tmp_path, PYTHONPATH=str(ROOT)) == "[]\n"


def test_scoring_loads_no_more_than_it_needs(tmp_path):
    # A short run must start quickly: skops would import all of scikit-learn.
    heavy = ("skops", "sklearn.ensemble", "openpyxl", "docx", "pypdfium2", "selectolax", "matplotlib")
    code = (
        "import sys; sys.argv = ['bias-detect', 'score', '--text', 'The nurse rang the ward.', '--format', 'line']\n"
        "from bias_detect.cli import main; main.execute()\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    out = run(sys.executable, "-c", code, folder=tmp_path, PYTHONPATH=str(ROOT), PYTHONUTF8="1")
    assert out.splitlines()[-1] == "[]"


def test_the_wheel_works_in_an_empty_environment_outside_the_repository(tmp_path):
    pytest.importorskip("hatchling", reason="building a wheel needs hatchling: pip install 'bias-detect[test]'")
    pytest.importorskip("pip", reason="building a wheel needs pip")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = ["wheel", ROOT, "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", tmp_path / "dist"]
    run(*pip, *build, folder=tmp_path)
    (wheel,) = (tmp_path / "dist").iterdir()
    assert wheel.stat().st_size < 40_000_000
    inside = zipfile.ZipFile(wheel).namelist()
    assert "bias_detect/py.typed" in inside  # type checkers read the hints of no other
    assert {f"bias_detect/models/accurate/{name}" for name in ("encoder.onnx", "tokenizer.json", "LICENSE")} <= set(
        inside
    )

    home = tmp_path / "home"
    venv.create(home, with_pip=False)
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / ("python.exe" if os.name == "nt" else "python")
    run(*pip, "--python", python, "install", "--no-deps", "--no-index", wheel, folder=tmp_path)
    # The dependencies come from here, so that nothing is fetched; the package itself must come from the wheel.
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=tmp_path).strip()
    here = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    Path(site, "dependencies.pth").write_text("".join(f"{path}\n" for path in sorted(here)), encoding="utf-8")

    work = tmp_path / "work"
    work.mkdir()
    (work / "draft.txt").write_text(f"{JUDGED}\n\n{TOLD}\n", encoding="utf-8")
    where = run(python, "-c", "import bias_detect; print(bias_detect.__file__)", folder=work).strip()
    assert Path(where).resolve().is_relative_to(home.resolve())
    program = scripts / "bias-detect"
    rows = run(program, "score", "draft.txt", "--format", "jsonl", folder=work, PYTHONUTF8="1").splitlines()
    assert [json.loads(row)["label"] for row in rows] == ["hindsight_biased", "descriptive"]
    described = run(program, "model", "inspect", "--json", folder=work, PYTHONUTF8="1")
    assert json.loads(described)["classes"] == ["descriptive", "explanatory", "hindsight_biased"]
    assert run(program, "model", "card", folder=work, PYTHONUTF8="1").startswith("# ")
    assert run(program, "--version", folder=work) == f"bias-detect {bias_detect.__version__}\n"
    pipeline = (
        "import spacy; nlp = spacy.blank('en'); nlp.add_pipe('review_signals')\n"
        "doc = nlp('They should have rung.'); print({str(mark) for mark in doc.spans['signals']})"
    )
    assert run(python, "-c", pipeline, folder=work) == "{'should have rung'}\n"


def test_the_version_is_that_of_the_installed_distribution():
    try:
        installed = metadata.version("bias-detect")
    except metadata.PackageNotFoundError:
        pytest.skip("the package is not installed")
    assert installed == bias_detect.__version__


def test_the_version_to_cite_and_the_newest_in_the_changelog_are_that_of_the_program():
    cited = re.findall(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert cited == [bias_detect.__version__]
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest[1] in (bias_detect.__version__, "Unreleased")
