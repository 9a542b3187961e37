"""A bundle whose files change while it is being loaded."""

from __future__ import annotations

import hashlib
import shutil

from bias_detect import load_model
from bias_detect.model.bundle import find_bundle


def test_what_is_loaded_is_what_was_checked(tmp_path, monkeypatch):
    folder = shutil.copytree(find_bundle("default"), tmp_path / "mine")
    sha256 = hashlib.sha256

    def changed_while_checked(content):
        (folder / "model.skops").write_bytes(b"another model")
        return sha256(content)

    monkeypatch.setattr(hashlib, "sha256", changed_while_checked)
    model = load_model(folder)
    assert (folder / "model.skops").read_bytes() == b"another model"
    assert model.predict(["It should have been obvious."]).tolist() == ["hindsight_biased"]
