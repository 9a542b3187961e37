"""Model bundles: whole or absent, the same bytes for the same model, and nothing in them is run."""

import functools
import hashlib
import importlib
import json
import os
import shutil
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier

from bias_detect.errors import ModelError
from bias_detect.model.bundle import find_bundle, load_model, read_card, read_manifest, save_bundle
from bias_detect.model.classifier import ReviewClassifier
from bias_detect.model.skops_reader import TRUSTED, read_skops

NEW = ["The warden knocked twice.", "The warden should have knocked twice.", "It was late, so nobody went."]
FILES = ["MODEL_CARD.md", "manifest.json", "model.skops"]
TEXTS = [
    f"{who} {act} that quixotic evening at Brambleford."
    for who in ("The zitherist", "A cooper", "The farrier", "One ostler")
    for act in ("should have knocked", "knocked", "should have called", "called")
]
LABELS = ["judged" if "should" in text else "told" for text in TEXTS]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def small() -> ReviewClassifier:
    return ReviewClassifier(n_splits=2).fit(TEXTS, LABELS)


@pytest.fixture(scope="module")
def saved(small, tmp_path_factory) -> Path:
    return save_bundle(small, tmp_path_factory.mktemp("models") / "small", card="# Small\n", training={"seed": 0})


@pytest.fixture
def bundle(saved, tmp_path) -> Path:
    """Return a bundle that a test may damage."""
    return shutil.copytree(saved, tmp_path / "bundle")


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(path: Path, parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def sign(folder: Path) -> Path:
    """Let the manifest state the digest of the file as it is, as somebody who forges a bundle would."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["digests"]["model.skops"] = hashlib.sha256((folder / "model.skops").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_a_saved_model_predicts_as_before(model, tmp_path):
    folder = save_bundle(model, tmp_path / "models" / "mine", card="# Mine\n", training={"seed": 0})
    again = load_model(folder)
    assert np.array_equal(load_model(str(folder)).predict_proba(NEW), again.predict_proba(NEW))
    assert again.classes_.tolist() == ["descriptive", "explanatory", "hindsight_biased"]
    assert np.array_equal(again.predict_proba(NEW), model.predict_proba(NEW))
    assert again.predict(NEW).tolist() == model.predict(NEW).tolist()
    assert np.array_equal(again.assess(NEW).sets, model.assess(NEW).sets)
    assert np.array_equal(again.training_keys_, model.training_keys_)
    assert names(tmp_path / "models") == ["mine"]
    assert names(folder) == FILES
    assert read_card(folder) == "# Mine\n"


def test_the_shipped_model_is_found_by_its_name_and_by_its_folder():
    assert load_model("default").training_keys_ is load_model(find_bundle()).training_keys_
    assert load_model().predict(["Staff should have seen that he was in danger."]).tolist() == ["hindsight_biased"]
    assert load_model().predict(["The nurse rang the ward."]).tolist() == ["descriptive"]
    assert read_manifest(find_bundle())["classes"] == ["descriptive", "explanatory", "hindsight_biased"]


def test_the_same_model_gives_the_same_bytes(small, saved, tmp_path):
    clone = ReviewClassifier(n_splits=2).fit(TEXTS, LABELS)
    other = save_bundle(clone, tmp_path / "small", card="# Small\n", training={"seed": 0})
    for name in FILES:
        assert (other / name).read_bytes() == (saved / name).read_bytes()


def test_skops_itself_reads_the_file(small, saved):
    import skops.io

    path = saved / "model.skops"
    needed = skops.io.get_untrusted_types(file=path)
    assert set(needed) <= {f"{module}.{name}" for module, classes in TRUSTED.items() for name in classes}
    again = skops.io.load(path, trusted=needed)
    assert np.array_equal(again.predict_proba(NEW), small.predict_proba(NEW))
    assert again.predict(NEW).tolist() == load_model(saved).predict(NEW).tolist()


def test_a_bundle_holds_no_word_of_the_sentences_it_was_trained_on(saved):
    contents = b"".join([*members(saved / "model.skops").values(), *((saved / name).read_bytes() for name in FILES)])
    lower = contents.lower()
    for word in {word.strip(".").lower() for text in TEXTS for word in text.split() if len(word) > 5}:
        for encoding in ("utf-8", "utf-16-le", "utf-32-le"):
            assert word.encode(encoding) not in lower, word


def test_a_bundle_is_replaced_whole(small, saved, model, tmp_path):
    folder = save_bundle(small, tmp_path / "mine", card="# One\n", training={})
    assert load_model(folder).classes_.tolist() == ["judged", "told"]
    save_bundle(model, folder, card="# Two\n", training={})
    assert read_card(folder) == "# Two\n"
    assert load_model(folder).classes_.tolist() == ["descriptive", "explanatory", "hindsight_biased"]
    assert names(tmp_path) == ["mine"]


def test_what_is_no_bundle_is_not_replaced(small, tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "file").write_text("kept", encoding="utf-8")
    for target, message in (
        (tmp_path / "notes", "exists and is not a model bundle"),
        (tmp_path / "file", "exists and is not a model bundle"),
        (tmp_path / "file" / "mine", "cannot be written"),
    ):
        with pytest.raises(ModelError, match=message):
            save_bundle(small, target, card="", training={})
    assert names(tmp_path) == ["file", "notes"]


def test_a_bundle_that_cannot_be_written_leaves_the_old_one(small, bundle, monkeypatch):
    import skops.io

    def fails(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(skops.io, "dumps", fails)
    with pytest.raises(ModelError, match=r"cannot be written \(No space left on device\)"):
        save_bundle(small, bundle, card="# New\n", training={})
    assert names(bundle.parent) == ["bundle"]
    assert read_card(bundle) == "# Small\n"
    assert load_model(bundle).predict(NEW).tolist() == small.predict(NEW).tolist()


@pytest.mark.parametrize("place", [0, 40, 0.3, 0.7, -30, -1])
def test_one_changed_byte_is_found(bundle, place):
    load_model(bundle)  # and not only where the bundle was never loaded before
    path = bundle / "model.skops"
    content = bytearray(path.read_bytes())
    content[int(place * len(content)) if isinstance(place, float) else place] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(1, 1))
    with pytest.raises(ModelError, match=r"model\.skops: does not have the digest that the manifest states"):
        load_model(bundle)


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_file_cut_short_is_damaged_whoever_signs_it(bundle, share):
    path = bundle / "model.skops"
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ModelError, match="does not have the digest"):
        load_model(bundle)
    with pytest.raises(ModelError, match="is damaged"):
        load_model(sign(bundle))


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        (None, "is not a model bundle"),
        (b"", "cannot be read"),
        (b"{", "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b"\xff\xfe{\x00}\x00", "cannot be read"),
        (b"[]", "names no format version"),
        (b'{"format": "1"}', "names no format version"),
        (b'{"format": 2}', "has format 2, and this version of bias-detect reads up to 1; upgrade bias-detect"),
        (b'{"format": 1}', "does not have the digest"),
    ],
)
def test_manifests_that_say_too_little_or_too_much(bundle, manifest, message):
    (bundle / "manifest.json").unlink()
    if manifest is not None:
        (bundle / "manifest.json").write_bytes(manifest)
    with pytest.raises(ModelError, match=message):
        load_model(bundle)


def test_what_is_missing_is_named(bundle, tmp_path):
    (bundle / "model.skops").unlink()
    (bundle / "MODEL_CARD.md").unlink()
    with pytest.raises(ModelError, match=r"has no model\.skops"):
        load_model(bundle)
    with pytest.raises(ModelError, match=r"MODEL_CARD\.md: cannot be read"):
        read_card(bundle)
    for name in (tmp_path / "none", "none", bundle / "manifest.json", "a" * 300, "a\0b"):
        with pytest.raises(ModelError, match="there is no such model"):
            find_bundle(name)


EVIL = """
from pathlib import Path

MARK = Path({mark!r})
MARK.write_text("imported")


class Evil:
    def __setstate__(self, state):
        MARK.write_text("state set")

    def __reduce__(self):
        return (MARK.write_text, ("reduced",))

    def __getstate__(self):
        return {{"answer": 1}}
"""


@pytest.fixture
def evil(tmp_path, monkeypatch):
    """Return an object of a class that leaves a mark whenever any of its code runs, and where it leaves it."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    mark = tmp_path / "mark"
    (folder / "evil_for_test_bundle.py").write_text(EVIL.format(mark=str(mark)), encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    thing = importlib.import_module("evil_for_test_bundle").Evil()
    yield thing, mark
    sys.modules.pop("evil_for_test_bundle", None)


@pytest.mark.parametrize("place", ["whole", "attribute", "step", "list"])
def test_a_type_that_is_not_trusted_is_refused_and_runs_no_code(bundle, evil, place):
    import skops.io

    thing, mark = evil
    carrier = read_skops(bundle / "model.skops")
    if place == "whole":
        carrier = thing
    elif place == "attribute":
        carrier.offsets_ = thing
    elif place == "step":
        carrier.pipeline_.steps[1] = ("tfidf", thing)
    else:
        carrier.extra = [1, {"deep": (thing,)}]
    skops.io.dump(carrier, bundle / "model.skops")
    sys.modules.pop("evil_for_test_bundle")
    mark.unlink()
    with pytest.raises(ModelError, match=r"evil_for_test_bundle\.Evil, which is not a type that bundles may contain"):
        load_model(sign(bundle))
    assert not mark.exists()
    assert "evil_for_test_bundle" not in sys.modules


@pytest.mark.parametrize(
    "thing",
    [
        os.system,
        functools.partial(os.system, "exit"),
        np.array([print], dtype=object),
        Path,
        DummyClassifier(),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_functions_and_other_things_are_refused(bundle, thing):
    import skops.io

    carrier = read_skops(bundle / "model.skops")
    carrier.extra = thing
    skops.io.dump(carrier, bundle / "model.skops")
    with pytest.raises(ModelError, match="is not a type that bundles may contain"):
        load_model(sign(bundle))


def test_pickles_are_not_read(bundle, tmp_path):
    import pickle

    class Writes:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "mark"),))

    parts = members(bundle / "model.skops")
    array = next(name for name in parts if name.endswith(".npy"))
    pickled = pickle.dumps(Writes())
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\n"
    for content in (pickled, b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + pickled):
        pack(bundle / "model.skops", {**parts, array: content})
        with pytest.raises(ModelError, match="is damaged"):
            load_model(sign(bundle))
    assert not (tmp_path / "mark").exists()


def test_names_that_climb_out_of_the_archive_write_nothing(bundle, tmp_path):
    parts = members(bundle / "model.skops")
    array = next(name for name in parts if name.endswith(".npy"))
    climbing = "../../../climbed.npy"
    schema = parts["schema.json"].replace(array.encode(), climbing.encode())
    rest = {name: content for name, content in parts.items() if name not in (array, "schema.json")}
    pack(bundle / "model.skops", {"schema.json": schema, climbing: parts[array], "/climbed": b"", **rest})
    before = sorted(tmp_path.rglob("*"))
    assert load_model(sign(bundle)).predict(NEW).shape == (3,)
    assert sorted(tmp_path.rglob("*")) == before
    assert not any((folder / "climbed.npy").exists() for folder in (tmp_path.parent, tmp_path.parent.parent))


def test_what_unpacks_to_too_much_is_not_unpacked(bundle):
    parts = members(bundle / "model.skops")
    with zipfile.ZipFile(bundle / "model.skops", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        archive.filelist[-1].file_size = 2_000_000_000  # what the directory of the archive says of it
    with pytest.raises(ModelError, match="unpacks to more than 500 MB"):
        load_model(sign(bundle))


@pytest.mark.parametrize(
    "shape", ["(10**15,)", "(1000000000000000,)", "(-1,)", "(99999999999999999999999,)", "((((", "'''"]
)
def test_arrays_that_promise_what_they_do_not_hold(bundle, shape):
    parts = members(bundle / "model.skops")
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    array = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    for name in [name for name in parts if name.endswith(".npy")][:3]:
        pack(bundle / "model.skops", {**parts, name: array})
        with pytest.raises(ModelError, match="is damaged"):
            load_model(sign(bundle))


@pytest.mark.parametrize("schema", [b"", b"{", b"null", b"[]", b"{}", b"[" * 100_000, b'{"__id__": "x"}', b"\xff\xfe"])
def test_schemas_that_are_none(bundle, schema):
    pack(bundle / "model.skops", {**members(bundle / "model.skops"), "schema.json": schema})
    with pytest.raises(ModelError, match="is damaged"):
        load_model(sign(bundle))


def test_a_trusted_type_that_is_no_classifier_or_lacks_its_parts_is_refused(bundle, small, saved):
    import skops.io

    skops.io.dump(small.pipeline_, bundle / "model.skops")
    with pytest.raises(ModelError, match="holds no classifier"):
        load_model(sign(bundle))
    for missing in ("pipeline_", "calibrator_", "classes_"):
        carrier = read_skops(saved / "model.skops")
        delattr(carrier, missing)
        skops.io.dump(carrier, bundle / "model.skops")
        with pytest.raises(ModelError, match="holds a classifier that cannot label"):
            load_model(sign(bundle))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=4))
def test_whatever_is_changed_nothing_but_a_model_error_comes_out(saved, tmp_path, changes):
    content = bytearray((saved / "model.skops").read_bytes())
    for share, flip in changes:
        content[int(share * len(content))] ^= flip
    path = tmp_path / "model.skops"
    path.write_bytes(content)
    try:
        read_skops(path)
    except ModelError as error:
        assert str(path) in str(error)


def _nodes(node, path=()):
    if isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield (*path, key)
            yield from _nodes(value, (*path, key))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_the_schema_says_nothing_but_a_model_error_comes_out(saved, tmp_path, data):
    parts = members(saved / "model.skops")
    schema = json.loads(parts["schema.json"])
    path = data.draw(st.sampled_from(list(_nodes(schema))))
    values = st.sampled_from([None, 10**30, -1, "\ud800", "os", "posix.system", "str", [], {}, True])
    parent = functools.reduce(lambda node, key: node[key], path[:-1], schema)
    parent[path[-1]] = data.draw(values)
    file = tmp_path / "model.skops"
    pack(file, {**parts, "schema.json": json.dumps(schema).encode()})
    try:
        read_skops(file)
    except ModelError as error:
        assert str(file) in str(error)
