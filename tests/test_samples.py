"""The samples: made by their script, and read as the documents that they are."""

import re
import subprocess
import sys
from pathlib import Path

import docx
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE

from bias_detect import read_document
from bias_detect.corpus.duplicates import normalise
from bias_detect.corpus.read import read_corpus
from bias_detect.language.pipeline import sentence_reader

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "data" / "samples"
WORD, TEXT = SAMPLES / "child-w-review.docx", SAMPLES / "child-w-review.txt"
FOOTNOTE = "Regulations 2005"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    script = ROOT / "scripts" / "build_samples.py"
    subprocess.run([sys.executable, script, "-o", folder], cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("shipped", [WORD, TEXT], ids=lambda path: path.suffix)
def test_the_script_makes_the_same_bytes(shipped, made):
    same = (made / shipped.name).read_bytes() == shipped.read_bytes()
    assert same, "run python scripts/build_samples.py"


@pytest.mark.parametrize("path", [WORD, TEXT, SAMPLES / "child-w-review.md"], ids=lambda path: path.suffix)
def test_the_review_has_its_sections(path):
    sections = {paragraph.text: paragraph.section for paragraph in read_document(path).paragraphs}
    expected = {
        "1. Introduction": "other",
        "2. Scope and method": "method",
        "3. Family background": "facts",
        "4. Chronology": "chronology",
        "5. Analysis": "analysis",
        "6. Findings": "findings",
        "7. Conclusion": "conclusions",
        "8. Recommendations": "recommendations",
    }
    assert {heading: sections.get(heading) for heading in expected} == expected
    first_words = {text.split()[0]: section for text, section in sections.items()}
    assert [first_words[number] for number in ("4.10", "5.10", "6.3", "7.1", "8.4")] == [
        *("chronology", "analysis", "findings", "conclusions", "recommendations")
    ]


def test_the_inquest_extract_has_its_sections():
    paragraphs = read_document(SAMPLES / "inquest-extract.txt").paragraphs
    assert [section for section in dict.fromkeys(paragraph.section for paragraph in paragraphs) if section] == [
        *("method", "facts", "findings", "recommendations")
    ]


def test_the_word_copy_has_the_structure_of_one():
    document = docx.Document(str(WORD))
    styles = [paragraph.style.name for paragraph in document.paragraphs]
    counts = {name: styles.count(name) for name in ("Title", "Heading 1", "Heading 2", "List Bullet", "Caption")}
    assert counts == {"Title": 1, "Heading 1": 8, "Heading 2": 7, "List Bullet": 4, "Caption": 1}
    (table,) = document.tables
    assert (len(table.rows), len(table.columns)) == (8, 4)
    section = document.sections[0]
    assert "Child W" in section.header.paragraphs[0].text
    assert 'w:instr="PAGE"' in section.footer.paragraphs[0]._p.xml
    notes = document.part.part_related_by(RELATIONSHIP_TYPE.FOOTNOTES).blob.decode()
    assert FOOTNOTE in notes
    assert document.element.xml.count("<w:footnoteReference ") == 1


def test_the_copies_hold_the_same_text():
    word, text = read_document(WORD).paragraphs, read_document(TEXT).paragraphs
    assert FOOTNOTE in text[-1].text
    assert text[-1].section == word[-1].section == "footnote"
    lines = "\n".join(paragraph.text for paragraph in text)
    lines = lines.replace("\n[1] ", "\n").replace("[1]", "").replace("• ", "").replace("\t", "\n")
    assert lines.splitlines() == [paragraph.text for paragraph in word]


@pytest.mark.parametrize("path", [WORD, SAMPLES / "inquest-extract.txt"], ids=lambda path: path.name)
def test_no_sentence_stands_in_the_corpus(path):
    corpus = set(read_corpus(ROOT / "data" / "corpus" / "composed.csv")["sentence"].map(normalise))
    reader = sentence_reader()
    prose = [re.sub(r"^[\d.]+ ", "", part.text) for part in read_document(path).paragraphs]
    sentences = {sentence.text for text in prose for sentence in reader.split(text) if len(sentence.tokens) > 5}
    assert sentences
    assert [sentence for sentence in sentences if normalise(sentence) in corpus] == []
