"""The locked packages are those that pyproject.toml asks for, each with its digests and from nowhere in particular."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = {"plain": (), "dev": ("annotation", "cluster", "dev", "test")}


def locked(name):
    """Return the requirements of a lock, and how many digests each has."""
    text = (ROOT / ".ci" / "requirements" / f"{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(Requirement(line.partition(" --hash")[0]), line.count("--hash=sha256:")) for line in lines]


def asked(extras):
    """Return what pyproject.toml asks for, with some of its extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = [project["dependencies"], *(project["optional-dependencies"][extra] for extra in extras)]
    found = [Requirement(line) for lines in lists for line in lines]
    return [one for one in found if canonicalize_name(one.name) != "bias-detect"]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_satisfies_what_is_asked_for(name):
    pins = {canonicalize_name(one.name): one for one, _ in locked(name)}
    for wanted in asked(LOCKS[name]):
        (pin,) = pins[canonicalize_name(wanted.name)].specifier
        assert pin.operator == "=="
        assert wanted.specifier.contains(pin.version), (str(wanted), pin.version)


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_digests_and_no_address(name):
    for one, digests in locked(name):
        assert digests, one
        assert one.url is None, one
    text = (ROOT / ".ci" / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    assert not re.search(r"https?://|--index|--find-links|--trusted-host", text)


def test_the_locks_agree():
    plain, dev = ({canonicalize_name(one.name): str(one.specifier) for one, _ in locked(name)} for name in LOCKS)
    assert {name: dev.get(name) for name in plain} == plain
