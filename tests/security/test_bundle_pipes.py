"""Pipes and devices in the place of a bundle's files."""

import os
import shutil

import pytest

from bias_detect.errors import ModelError
from bias_detect.model.bundle import find_bundle, load_model, read_card


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices are those of POSIX")
@pytest.mark.parametrize("name", ["manifest.json", "model.skops", "MODEL_CARD.md"])
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_pipe_or_a_device_in_a_bundle_is_not_read(tmp_path, name, kind):
    bundle = shutil.copytree(find_bundle("default"), tmp_path / "bundle")
    (bundle / name).unlink()
    os.mkfifo(bundle / name) if kind == "pipe" else (bundle / name).symlink_to("/dev/zero")
    with pytest.raises(ModelError, match=r"cannot be read|has no model\.skops"):
        (read_card if name == "MODEL_CARD.md" else load_model)(bundle)
