"""The README shows what really comes out, and every command that it names is there."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from bias_detect.cli.main import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


def commands() -> dict[str, object]:
    """Return every command and subcommand by its full name."""
    found = {}
    groups = [("", typer.main.get_command(app))]
    while groups:
        prefix, group = groups.pop()
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                groups.append((f"{prefix}{name} ", command))
            else:
                found[prefix + name] = command
    return found


def test_the_capture_in_the_readme_is_what_comes_out():
    capture = next(text for language, text in BLOCKS if language == "console")
    command, *shown = capture.strip().splitlines()
    run = [sys.executable, "-c", "from bias_detect.cli.main import run; run()", *command.split()[2:]]
    out = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True).stdout
    lines = [line.rstrip() for line in out.splitlines()]
    assert len(shown) > 5
    assert [line for line in shown if line not in lines] == []


@pytest.mark.parametrize("code", [text for language, text in BLOCKS if language == "python"])
def test_python_in_the_readme_runs(code, monkeypatch):
    monkeypatch.chdir(ROOT)
    exec(compile(code, "README.md", "exec"), {})


def test_every_command_in_the_readme_exists_with_its_options():
    known = commands()
    lines = [line for language, text in BLOCKS if language == "sh" for line in text.splitlines()]
    calls = [call for line in lines for call in line.split("&&") if call.split()[0] == "bias-detect"]
    assert len(calls) > 5
    for call in calls:
        words = call.split()[1:]
        name = next(name for name in (" ".join(words[:2]), words[0]) if name in known)
        options = {option for parameter in known[name].params for option in parameter.opts}
        assert {word for word in words if word.startswith("-")} <= options, call


def test_every_command_is_in_the_readme():
    blocks = "\n".join(text for language, text in BLOCKS if language == "sh")
    assert [name for name in commands() if not re.search(rf"\bbias-detect {name}\b", blocks)] == []


def test_every_command_says_what_it_does_and_gives_an_example():
    for name, command in commands().items():
        help_text = " ".join(command.help.split())
        assert f"bias-detect {name}" in help_text, name
        for parameter in command.params:
            assert parameter.help, f"{name} {parameter.name}"


@pytest.mark.parametrize("model", ["default", "accurate"])
def test_the_figures_in_the_readme_are_those_of_the_shipped_models(model):
    manifest = json.loads((ROOT / "models" / model / "manifest.json").read_text(encoding="utf-8"))
    for source, figures in manifest["by_source"].items():
        figure = figures["macro_f1"]
        assert f"{figure['value']:.2f} ({figure['low']:.2f}–{figure['high']:.2f})" in README, source
