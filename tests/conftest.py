"""What several tests use."""

import os
import signal
import threading
from pathlib import Path

import pytest
from hypothesis import settings

# A shell that starts the tests in the background has them ignore Ctrl-C, and what they start would inherit that.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN and threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of public sources beside the repository, or skip."""
    folder = Path(os.environ.get("BIAS_DETECT_SHARED", ROOT.parent / "shared"))
    if not (folder / "pfd" / "reports.csv").is_file():
        pytest.skip("the public sources are not here: set BIAS_DETECT_SHARED to a folder with pfd/ and inquiries/")
    return folder


@pytest.fixture(scope="session")
def sentences() -> tuple[list[str], list[str], list[str]]:
    """Return some composed sentences with labels and documents."""
    from bias_detect.corpus.read import read_corpus

    table = read_corpus(ROOT / "data" / "corpus" / "composed.csv").iloc[::6]
    return table["sentence"].tolist(), table["label"].tolist(), table["document"].tolist()


@pytest.fixture(scope="session")
def model(sentences):
    """Return a classifier fitted on these."""
    from bias_detect.model.classifier import ReviewClassifier

    texts, labels, documents = sentences
    return ReviewClassifier(n_splits=3).fit(texts, labels, groups=documents)


# How long an example takes depends on the machine and on what else it does.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
