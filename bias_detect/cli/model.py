"""``bias-detect model``: what a bundle is and says of itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bias_detect.cli.common import printable
from bias_detect.errors import ModelError
from bias_detect.labels import shown

if TYPE_CHECKING:
    from bias_detect.model.classifier import ReviewClassifier

app = typer.Typer(help="Look into a model bundle.", no_args_is_help=True)

Bundle = Annotated[str, typer.Argument(metavar="[MODEL]", help="'default', 'accurate', or the folder of another.")]


@app.command()
def inspect(
    model: Bundle = "default",
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole manifest as JSON.")] = False,
) -> None:
    """Check a bundle and print what it was trained on and how well it did.

    Examples
    --------
        bias-detect model inspect

        bias-detect model inspect models/mine --json
    """
    from bias_detect.model.bundle import find_bundle, load_model, read_manifest

    folder = find_bundle(model)
    manifest = read_manifest(folder)
    classifier = load_model(model)
    if as_json:
        print(json.dumps(manifest, indent=2, ensure_ascii=False))
        return
    try:
        lines = _summary(manifest, classifier)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise ModelError(
            f"is damaged ({type(error).__name__}: {error})",
            subject=folder / "manifest.json",
            next_step="copy or train the bundle again",
        ) from error
    print(printable("\n".join([f"model: {folder}", *lines])))


def _summary(manifest: dict[str, Any], classifier: ReviewClassifier) -> list[str]:
    lines = [
        f"format: {manifest['format']}, intact",
        f"labels: {', '.join(shown(str(name)) for name in classifier.classes_)}",
        f"features: {classifier.pipeline_['features'].n_features_out_:,}",
    ]
    if data := manifest.get("data"):
        lines.append(f"trained on: {data['sentences']:,} sentences of {data['documents']:,} documents")
        lines.append(f"data digest: {data['digest']}")
    if quality := manifest.get("quality"):
        figure = quality["macro_f1"]
        interval = f"({figure['low']:.3f}–{figure['high']:.3f})"
        lines.append(f"macro-F1: {figure['value']:.3f} {interval}, {quality['protocol']}")
    lines.append(f"made with: {', '.join(f'{name} {version}' for name, version in manifest['libraries'].items())}")
    return lines


@app.command()
def card(model: Bundle = "default") -> None:
    """Print the model card: what the model is for, how well it does and on what, who should not use it.

    Example:

        bias-detect model card > card.md
    """
    from bias_detect.model.bundle import read_card

    print(printable(read_card(model)), end="")
