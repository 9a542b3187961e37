"""Bundles that earlier versions wrote load for ever, and say what they said."""

import json
from pathlib import Path

import numpy as np
import pytest

from bias_detect.model.bundle import load_model, read_card, read_manifest

BUNDLES = sorted(path for path in Path(__file__).with_name("bundles").iterdir() if path.is_dir())


def test_there_is_one_of_each_format_until_now():
    from bias_detect.model.bundle import FORMAT

    assert {read_manifest(bundle)["format"] for bundle in BUNDLES} == set(range(1, FORMAT + 1))


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: bundle.name)
def test_an_old_bundle_says_what_it_said(bundle):
    then = json.loads(bundle.with_name(f"{bundle.name}.json").read_text(encoding="utf-8"))
    found = load_model(bundle).assess(then["sentences"])
    assert load_model(bundle).classes_.tolist() == then["classes"]
    assert found.labels.tolist() == then["labels"]
    assert np.allclose(found.proba, then["probabilities"], atol=1e-6)
    assert found.uncertain.tolist() == then["uncertain"]
    assert read_card(bundle).startswith("# ")


def test_parameters_that_another_scikit_learn_has_are_its_defaults(tmp_path):
    """What a bundle leaves out, as one of a version that did not know the parameter does, is not missed."""
    import zipfile

    from bias_detect.model.skops_reader import read_skops

    with zipfile.ZipFile(BUNDLES[0] / "model.skops") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(parts["schema.json"])

    def forget(node):
        if isinstance(node, dict):
            if node.get("__class__") == "LogisticRegression":
                content = node["content"]
                place = list(content["content"]).index("warm_start")
                del content["content"]["warm_start"], content["key_types"]["content"][place]
            for value in node.values():
                forget(value)
        elif isinstance(node, list):
            for value in node:
                forget(value)

    forget(schema)
    with zipfile.ZipFile(tmp_path / "model.skops", "w") as archive:
        for name, data in {**parts, "schema.json": json.dumps(schema)}.items():
            archive.writestr(name, data)
    model = read_skops(tmp_path / "model.skops")
    assert model.calibrator_.get_params() == load_model(BUNDLES[0]).calibrator_.get_params()
