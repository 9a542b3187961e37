"""The page and the figures of an audit, to read, show and print."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bias_detect.auditing.extras import FIGURES, PAGE, is_changed, remember
from bias_detect.auditing.figures import percent
from bias_detect.auditing.page import compose
from bias_detect.chart import Chart
from bias_detect.errors import UsageError
from bias_detect.files import whole
from bias_detect.labels import shown
from bias_detect.palette import plain

if TYPE_CHECKING:
    import jinja2
    import markupsafe

    from bias_detect.auditing.result import AuditResult


def render_report(result: AuditResult) -> str:
    """Render an audit as one page that needs nothing else.

    The page loads nothing and runs nothing: its figures are in it, and its own policy forbids scripts and connections.
    Text from documents, names of files and metadata is escaped.

    Parameters
    ----------
    result : AuditResult
        A finished audit.

    Returns
    -------
    str
        HTML.
    """
    _, view = compose(result)
    return _render(view)


def write_report(result: AuditResult) -> Path:
    """Write ``report.html``, and its figures as SVG and PNG into ``figures/``, to the folder of the audit.

    Equal audits give equal files. One that a person has changed since it was written is left as it is: where it no
    longer fits, the audit has given it another name.

    Parameters
    ----------
    result : AuditResult
        A finished audit.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    UsageError
        If the folder cannot be written to.
    """
    page, folder = result.folder / PAGE, result.folder / FIGURES
    try:
        folder.mkdir(parents=True, exist_ok=True)
        charts, view = compose(result)
        files = {folder / f"{chart.name}.svg": chart.svg for chart in charts}
        files |= {folder / f"{chart.name}.png": chart.png for chart in charts}
        files[page] = _render(view).encode
        kept = [path for path in files if is_changed(result.folder, path)]
        for path, content in files.items():
            if path not in kept:
                with whole(path) as stream:
                    stream.write(content())
        remember(result.folder, [path for path in files if path not in kept])
    except OSError as error:
        raise UsageError(
            f"cannot be written ({error.strerror or error})",
            subject=error.filename or result.folder,
            next_step="free the disk, or name a folder that you may write to",
        ) from error
    return page


def _render(view: dict[str, Any]) -> str:
    page = _environment().get_template("report.html.j2").render(view)
    return page.encode("utf-8", errors="replace").decode()


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    import jinja2
    import markupsafe

    def inline(chart: Chart) -> markupsafe.Markup:
        return markupsafe.Markup(chart.inline())  # XML that lxml has written: what is text in it is escaped

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_template), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.filters.update(shown=shown, plain=plain, number=_number, percent=percent, inline=inline)
    environment.filters.update(marked=_marked, marks=_marks, places=_places, likelihoods=_likelihoods)
    return environment


def _template(name: str) -> str:
    return resources.files("bias_detect.auditing").joinpath("templates", name).read_text(encoding="utf-8")


def _number(value: float | None, decimals: int = 0) -> str:
    import pandas as pd

    return "–" if pd.isna(value) else f"{value:,.{decimals}f}"


def _marked(row: dict[str, Any], kinds: tuple[str, ...]) -> Iterator[tuple[str, str | None]]:
    """Cut a sentence at its marks; where marks overlap, the first one counts."""
    text, done = row["sentence"], 0
    marks = [(mark["start"], mark["end"], mark[kind.removesuffix("s")]) for kind in kinds for mark in row[kind]]
    for start, end, name in sorted(marks):
        if start >= done:
            yield text[done:start], None
            yield text[start:end], name
            done = end
    yield text[done:], None


def _marks(row: dict[str, Any], kinds: tuple[str, ...]) -> list[str]:
    """Return what is marked in a sentence, each kind of mark once, in the order of the text."""
    return list(dict.fromkeys(name for _, name in _marked(row, kinds) if name))


def _places(row: dict[str, Any]) -> Iterator[str]:
    """Say where a sentence is."""
    if row["page"] is not None:
        yield f"page {_number(row['page'])}"
    yield f"paragraph {_number(row['paragraph'])}"
    if row["section"]:
        yield plain(row["section"])


def _likelihoods(row: dict[str, Any], labels: list[str]) -> list[tuple[str, float]]:
    """Return the labels that a sentence may well have, the most probable first."""
    shares = sorted(((label, row[f"p_{label}"]) for label in labels), key=lambda pair: -pair[1])
    return [pair for place, pair in enumerate(shares) if place == 0 or pair[1] >= 0.05]
