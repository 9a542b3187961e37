"""Change one thing at a time in a copy of the program, and see whether its tests notice.

A change that no test notices is either no change at all (``<`` for ``<=`` where the two sides never meet) or says that
a test is missing. ``python scripts/mutate.py`` makes up to 40 such changes in each of the modules below, runs that
module's own tests for each, and prints what survived, with its line, and a table of killed and survived by file::

    python scripts/mutate.py                                    # all modules
    python scripts/mutate.py bias_detect/bootstrap.py           # one of them
    python scripts/mutate.py --most 0 --copy /somewhere/else    # every change, in a folder that is kept

The working tree is never changed: all that a test needs is copied first. Comparisons, arithmetic, numbers, ``and``,
``or``, ``not``, ``True`` and ``False`` are changed, and ``return``, ``raise``, ``continue`` and ``break`` dropped.
Which changes are drawn depends on the seed and the text of the module alone. Tests run in forked processes, so that
the libraries are loaded once; there is no fork on Windows.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("bias_detect", "tests", "scripts", "data", "pyproject.toml", "README.md")
LOADED = (
    "numpy",
    "pandas",
    "scipy.stats",
    "scipy.sparse",
    "sklearn.metrics",
    "spacy",
    "hypothesis.extra.numpy",
    "pytest",
)
PATIENCE = 60.0  # seconds for the tests of a change, or five times what they take without one
_PREVALENCE = ["tests/audit/test_prevalence.py"]  # without the simulations, which take a minute
_METRICS = ["tests/model/test_metrics.py", "tests/model/test_natural.py", "tests/model/test_comparison.py"]
# Each with its tests, the quick ones first: the first that fails ends a run.
MODULES = {
    "bias_detect/bootstrap.py": ["tests/test_bootstrap.py", *_METRICS],
    "bias_detect/model/counts.py": _METRICS,
    "bias_detect/model/metrics.py": ["tests/model/test_metrics.py"],
    "bias_detect/model/comparison.py": ["tests/model/test_comparison.py"],
    "bias_detect/model/conformal.py": ["tests/model/test_conformal.py"],
    "bias_detect/model/natural.py": ["tests/model/test_natural.py"],
    "bias_detect/corpus/agreement.py": ["tests/corpus/test_agreement.py"],
    "bias_detect/corpus/dawid_skene.py": ["tests/corpus/test_dawid_skene.py"],
    "bias_detect/auditing/prevalence.py": _PREVALENCE,
    "bias_detect/auditing/counting.py": _PREVALENCE,
    "bias_detect/auditing/priors.py": _PREVALENCE,
    "bias_detect/auditing/validated.py": _PREVALENCE,
    "bias_detect/language/boundaries.py": ["tests/language/test_boundaries.py"],
}

_OTHER: dict[type[ast.AST], Any] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitOr, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


class Mutator(ast.NodeTransformer):
    """Walks a module, numbers all changes that could be made in it, and makes one of them.

    Parameters
    ----------
    chosen : int
        The number of the change to make; with -1 none is made, and ``found`` lists them all.
    """

    def __init__(self, chosen: int = -1) -> None:
        self.chosen = chosen
        self.found: list[tuple[int, str]] = []

    def _is_chosen(self, node: ast.AST, what: str) -> bool:
        self.found.append((getattr(node, "lineno", 0), what))
        return len(self.found) - 1 == self.chosen

    def visit(self, node: ast.AST) -> ast.AST:
        """Visit the parts of a node first, then the node itself."""
        before = ast.unparse(node) if isinstance(node, ast.expr | ast.stmt) else ""
        node = self.generic_visit(node)
        match node:
            case ast.Compare():
                for place, op in enumerate(node.ops):
                    if (other := _OTHER.get(type(op))) and self._is_chosen(node, f"{before}: {_named(op, other)}"):
                        node.ops[place] = other()
            case ast.BinOp() | ast.BoolOp() | ast.AugAssign():
                if (other := _OTHER.get(type(node.op))) and self._is_chosen(
                    node, f"{before}: {_named(node.op, other)}"
                ):
                    node.op = other()
            case ast.UnaryOp(op=ast.Not() | ast.USub()):
                if self._is_chosen(node, f"{before}: sign dropped"):
                    return node.operand
            case ast.Constant(value=bool()):
                if self._is_chosen(node, f"{before}: {not node.value}"):
                    return ast.copy_location(ast.Constant(not node.value), node)
            case ast.Constant(value=int() | float() as number):
                for step in (1, -1):
                    if self._is_chosen(node, f"{before}: {step:+}"):
                        return ast.copy_location(ast.Constant(number + step), node)
            case ast.Return() | ast.Raise() | ast.Continue() | ast.Break():
                if self._is_chosen(node, f"{before.splitlines()[0]}: dropped"):
                    return ast.copy_location(ast.Pass(), node)
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Visit the parts of a node that run: neither annotations nor texts."""
        if isinstance(node, ast.JoinedStr):
            return node
        kept: dict[str, Any] = {part: vars(node).pop(part) for part in ("annotation", "returns") if part in vars(node)}
        node = super().generic_visit(node)
        vars(node).update(kept)
        return node


def _named(old: ast.AST, new: type[ast.AST]) -> str:
    return f"{type(old).__name__} to {new.__name__}"


def changes(source: str) -> list[tuple[int, str]]:
    """Return the line of each change that can be made in a module, and what it is."""
    walker = Mutator()
    walker.visit(ast.parse(source))
    return walker.found


def changed(source: str, number: int) -> str:
    """Return a module with one change made."""
    return ast.unparse(ast.fix_missing_locations(Mutator(number).visit(ast.parse(source))))


def _run_tests(copy: Path, arguments: Sequence[str]) -> None:
    import pytest

    os.chdir(copy)
    sys.path.insert(0, str(copy))
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
        options = ["-x", "-n", "0", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
        os._exit(pytest.main([*options, *arguments]))


def passes(copy: Path, arguments: Sequence[str], patience: float) -> bool:
    """Tell whether tests pass in the copy, within so many seconds."""
    process = multiprocessing.get_context("fork").Process(target=_run_tests, args=(copy, arguments))
    process.start()
    process.join(patience)
    if process.is_alive():
        process.kill()
        process.join()
    return process.exitcode == 0


def survivors(copy: Path, module: str, most: int, seed: int) -> tuple[int, list[tuple[int, str]]]:
    """Try changes in a module of the copy; return how many, and those that no test noticed.

    Parameters
    ----------
    copy : pathlib.Path
        The copy of the working tree; the module in it is put back afterwards.
    module : str
        Its path.
    most : int
        Most changes, drawn at random; 0 for all.
    seed : int
        Seed of the draw.
    """
    path = copy / module
    source = path.read_text(encoding="utf-8")
    tests = [module, *(test for test in MODULES[module] if (copy / test).exists())]
    begin = time.monotonic()
    if not passes(copy, tests, 10 * PATIENCE):
        raise SystemExit(f"{module}: its tests fail without any change; run them first")
    patience = max(PATIENCE, 5 * (time.monotonic() - begin))
    every = changes(source)
    drawn = (
        range(len(every)) if not 0 < most < len(every) else sorted(random.Random(seed).sample(range(len(every)), most))
    )
    survived = []
    try:
        for number in drawn:
            path.write_text(changed(source, number), encoding="utf-8")
            if passes(copy, tests, patience):
                survived.append(every[number])
                print(f"  {module}:{every[number][0]}: {every[number][1]}", flush=True)
    finally:
        path.write_text(source, encoding="utf-8")
    return len(drawn), survived


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="paths of modules; all by default")
    parser.add_argument("--most", type=int, default=40, help="changes a module, 0 for all (default 40)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the draw (default 0)")
    parser.add_argument("--copy", type=Path, help="where the copy is made and kept; by default a temporary folder")
    chosen = parser.parse_args()
    unknown = [module for module in chosen.modules if module not in MODULES]
    if unknown:
        parser.error(f"{', '.join(unknown)}: name its tests in MODULES first")
    # Bytecode is told from its source by second and size, which a change may leave as they were.
    sys.dont_write_bytecode = True
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    for name in LOADED:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder:
        copy = (chosen.copy or Path(folder) / "copy").resolve()
        _copy_tree(copy)
        table = {name: survivors(copy, name, chosen.most, chosen.seed) for name in chosen.modules or MODULES}
    print(f"\n{'module':40} changes  killed  survived")
    for name, (tried, survived) in table.items():
        print(f"{name:40} {tried:7} {tried - len(survived):7} {len(survived):9}")
    tried, left = sum(one for one, _ in table.values()), sum(len(rest) for _, rest in table.values())
    print(f"{'all':40} {tried:7} {tried - left:7} {left:9}")


def _copy_tree(copy: Path) -> None:
    copy.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, copy / name, dirs_exist_ok=True, ignore=ignored)
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, copy / name)
    if not (copy / "models").exists():
        (copy / "models").symlink_to(ROOT / "models", target_is_directory=True)


if __name__ == "__main__":
    main()
