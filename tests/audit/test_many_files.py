"""A large folder in which much is wrong: it is finished, and every file is accounted for.

``BIAS_DETECT_FILES=10000 pytest tests/audit/test_many_files.py`` tries a folder as large as a country's.
"""

import os
from pathlib import Path

import docx
import pytest
from pdf_writer import Page, write_pdf

from bias_detect.auditing.run import audit

FILES = int(os.environ.get("BIAS_DETECT_FILES", "300"))
TOLD = "The nurse rang the ward on day {n}. Staff should have seen on day {n} that he was in danger."
FAILS = {
    "empty.txt": "no text",
    "blank.md": "no text",
    "broken.pdf": "damaged",
    "broken.docx": "damaged",
    "locked.pdf": "password",
    "scan.pdf": "no text",
    "latin.txt": "UTF-8",
    "photo.jpeg": ".jpeg",
}
KINDS = ("report.md", "report.txt", "report.html", "report.pdf", "report.docx", "copy.md", *FAILS)


@pytest.fixture(scope="module")
def seeds(tmp_path_factory) -> dict[str, bytes]:
    """Return the bytes of files that take a while to write."""
    folder = tmp_path_factory.mktemp("seeds")
    page = Page().at(72, 700, TOLD.format(n=0))
    write_pdf(folder / "report.pdf", [page])
    write_pdf(folder / "locked.pdf", [page], password="secret")
    write_pdf(folder / "scan.pdf", [Page(image=True)])
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def write(path: Path, kind: str, n: int, seeds: dict[str, bytes]) -> None:
    told = TOLD.format(n=n)
    if kind in seeds:  # a comment behind the end makes each the only one of its content
        path.write_bytes(seeds[kind] + b"\n%% %d\n" % n)
    elif kind == "report.docx":
        document = docx.Document()
        document.add_paragraph(told)
        document.save(str(path))
    elif kind == "copy.md":
        path.write_text(TOLD.format(n="one"))
    elif kind in ("empty.txt", "blank.md"):
        path.write_text("" if kind == "empty.txt" else " \n" * (n + 1))
    elif kind.startswith("report"):
        path.write_text(f"<p>{told}</p>" if kind.endswith("html") else told)
    else:
        path.write_bytes({"broken.pdf": b"%PDF-1.7 ", "latin.txt": b"M\xfcller "}.get(kind, b"PK\x03\x04 ") + b"%d" % n)


def test_every_file_of_a_large_folder_is_accounted_for(tmp_path, prose, seeds):
    folder = tmp_path / "reviews"
    kinds: dict[str, str] = {}
    for n in range(FILES):
        kind = KINDS[n % len(KINDS)]
        name = f"{n // 500:02}/{n:05}-{kind}"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write(folder / name, kind, n, seeds)
        kinds[name] = kind
    (folder / "huge.md").write_text(prose(1, sentences=20 * FILES))
    kinds["huge.md"] = "report.md"

    result = audit(folder, tmp_path / "audit", jobs=2)

    scored, copies = set(result.reports["document"]), set(result.duplicates["document"])
    failures = result.failures.set_index("document")["cause"].to_dict()
    assert len(scored) + len(copies) + len(failures) == len(kinds)
    assert scored | copies | set(failures) == set(kinds)
    (first,) = (name for name in scored if kinds[name] == "copy.md")
    assert set(result.duplicates["same_as"]) == {first}
    assert copies == {name for name, kind in kinds.items() if kind == "copy.md"} - {first}
    assert {name for name in scored if kinds[name] != "copy.md"} == {
        name for name, kind in kinds.items() if kind.startswith("report")
    }
    assert [name for name, cause in failures.items() if FAILS[kinds[name]] not in cause] == []
    reports = result.reports.set_index("document")
    assert (reports.drop("huge.md")["sentences"] == 2).all()
    assert reports.loc["huge.md", "sentences"] > 15 * FILES
    assert len(list((tmp_path / "audit" / "sentences").iterdir())) == len(scored)
    assert (tmp_path / "audit" / "report.html").stat().st_size < 1_000_000
