"""INCEpTION's documents: the labels of their sentences, from WebAnno TSV and UIMA CAS."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from annotated import FORM, RANG, SEEN, read, write

from bias_detect.corpus.formats.record import Annotation
from bias_detect.errors import CorpusError, UsageError

TSV = """#FORMAT=WebAnno TSV 3.3
#T_SP=de.tudarmstadt.ukp.dkpro.core.api.lexmorph.type.pos.POS|PosValue
#T_SP=webanno.custom.Kind|label|sure
#T_RL=webanno.custom.Link|name|BT_webanno.custom.Kind


#Sentence.id=s-1
#Text=She rang 😀 [twice].
1-1\t0-3\tShe\t_\ttold[1]\tno\\_way[1]\t_\t_\t
1-2\t4-8\trang\tV\ttold[1]\tno\\_way[1]\t_\t_\t
1-3\t9-11\t😀\t_\ttold[1]\tno\\_way[1]\t_\t_\t
1-4\t12-20\t[twice].\t_\ttold[1]\tno\\_way[1]\t_\t_\t

#Text=Nobody
#Text=asked\\tthen.
2-1\t21-27\tNobody\t_\t_\t_\t_\t_\t
2-2\t28-33\tasked\t_\t_\t_\t_\t_\t
2-3\t34-39\tthen.\t_\t_\t_\t_\t_\t

#Text=Why.
3-1\t40-44\tWhy.\t_\ta\\|b\t*\t_\t_\t

#Text=He left.
4-1\t45-47\tHe\t_\ttold[2]|judged[3]\t*[2]|*[3]\t_\t_\t
4-2\t48-53\tleft.\t_\ttold[2]|judged[3]\t*[2]|*[3]\t_\t_\t
"""


def test_webanno_tsv(tmp_path):
    path = tmp_path / "project" / "annotation" / "review.txt" / "ann.tsv"
    path.parent.mkdir(parents=True)
    path.write_text(TSV, encoding="utf-8")
    rows, left = read(path, label="Kind|label")
    assert [(row.sentence, row.label) for row in rows] == [
        ("She rang 😀 [twice].", "told"),
        ("Nobody\nasked\tthen.", None),
        ("Why.", "a|b"),
    ]
    assert {(row.document, row.annotator) for row in rows} == {("review.txt", "ann")}
    assert (rows[0].sentence_id, rows[0].extra) == ("s-1", {"sure": "no_way"})
    assert [(item.place, item.cause[:12]) for item in left] == [("line 23", "has 2 labels")]
    assert read(path)[0][0].label == "told"  # the only feature called label


def test_offsets_in_webanno_tsv_are_those_of_java(tmp_path):
    path = write([Annotation("So 😀 it is.", "told"), Annotation("Yes.")], "inception", tmp_path / "a.tsv")
    tokens = [line.split("\t")[:3] for line in path.read_text(encoding="utf-8").splitlines() if line[:1].isdigit()]
    assert tokens == [
        ["1-1", "0-2", "So"],
        ["1-2", "3-5", "😀"],
        ["1-3", "6-8", "it"],
        ["1-4", "9-12", "is."],
        ["2-1", "13-17", "Yes."],
    ]


def test_uima_cas_of_a_project_with_a_layer_of_its_own(tmp_path):
    cassis = pytest.importorskip("cassis")
    types = cassis.TypeSystem()
    sentence = types.create_type("de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Sentence", "uima.tcas.Annotation")
    layer = types.create_type("webanno.custom.Kind", "uima.tcas.Annotation")
    types.create_feature(layer, "value", "uima.cas.String")
    cas = cassis.Cas(types)
    cas.sofa_string = f"{RANG} {SEEN} {FORM}"
    first, second = len(RANG), len(RANG) + 1 + len(SEEN)
    cas.add_all([sentence(begin=0, end=first), sentence(begin=first + 1, end=second)])
    cas.add_all([sentence(begin=second + 1, end=len(cas.sofa_string))])
    cas.add_all([layer(begin=0, end=9, value="told"), layer(begin=first + 1, end=second, value="judged")])
    folder = tmp_path / "curation" / "review.txt"
    folder.mkdir(parents=True)
    cas.to_json(folder / "CURATION_USER.json")
    cas.to_xmi(folder / "ann.xmi")
    types.to_xml(folder / "TypeSystem.xml")
    for name, annotator in (("CURATION_USER.json", "CURATION_USER"), ("ann.xmi", "ann")):
        rows, left = read(folder / name)
        assert left == []
        assert [(row.sentence, row.label) for row in rows] == [(RANG, "told"), (SEEN, "judged"), (FORM, None)]
        assert {(row.document, row.annotator) for row in rows} == {("review.txt", annotator)}
    archive = tmp_path / "export.zip"
    with zipfile.ZipFile(archive, "w") as target, zipfile.ZipFile(buffer := io.BytesIO(), "w") as inner:
        inner.write(folder / "ann.xmi", "ann.xmi")
        inner.write(folder / "TypeSystem.xml", "TypeSystem.xml")
        inner.close()
        target.writestr("annotation/review.txt/ann.zip", buffer.getvalue())
        target.writestr("exportedproject1.json", "{}")
    rows, _ = read(archive)
    assert [(row.label, row.annotator) for row in rows] == [("told", "ann"), ("judged", "ann"), (None, "ann")]


def test_without_the_package_the_message_says_what_to_install(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "cassis", None)
    with pytest.raises(UsageError, match=r"pip install '\.\[annotation\]'"):
        write([Annotation(RANG)], "inception", tmp_path / "a.xmi")
    path = tmp_path / "b.json"
    path.write_text('{"%TYPES": {}}')
    with pytest.raises(UsageError, match="dkpro-cassis"):
        read(path)


@pytest.mark.parametrize("name", ["a.json", "a.xmi", "a.tsv", "a.zip"])
def test_damaged_files_of_inception_are_refused_in_plain_words(tmp_path, name):
    if name in ("a.json", "a.xmi"):
        pytest.importorskip("cassis")
    path = tmp_path / name
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(CorpusError) as caught:
        read(path, "inception")
    assert str(caught.value).startswith(f"{path}: ") and caught.value.next_step


def test_webanno_tsv_of_all_versions_says_what_its_escapes_mean(tmp_path):
    path = tmp_path / "a.tsv"
    lines = [
        "#FORMAT=WebAnno TSV 3.1",
        "#T_SP=webanno.custom.Kind|label",
        "",
        "",
        "#Text=\\u201CSo\\u201D \\uD83D\\uDE00 \\\\u0041\\f.",
        "1-1\t0-4\t“So”\ttold\t",
        "",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert [(row.sentence, row.label) for row in read(path)[0]] == [("“So” 😀 \\u0041\f.", "told")]
    rows = [Annotation("A page\fbreak, a\tbell\x07 and \\u0041.", "told")]
    again = read(write(rows, "inception", tmp_path / "b.tsv"))[0]
    assert (again[0].sentence, again[0].label) == (rows[0].sentence, "told")


def test_parts_of_words_and_labels_over_several_sentences(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text(
        "#FORMAT=WebAnno TSV 3.3\r\n#T_SP=webanno.custom.Kind|label\r\n#T_SP=webanno.custom.Empty|\r\n\r\n\r\n"
        "#Text=He rang.\r\n1-1\t0-2\tHe\ttold[1]\t_\t\r\n1-2\t3-8\trang.\ttold[1]\t*\t\r\n\r\n"
        "#Text=Twice so.\r\n2-1\t9-14\tTwice\ttold[1]\t_\t\r\n2-2\t15-18\tso.\t_\t_\t\r\n\r\n"
        "#Text=Unseen.\r\n3-1\t19-26\tUnseen.\t_\t_\t\r\n3-1.1\t19-21\tUn\tjudged\t_\t\r\n",
        encoding="utf-8",
        newline="",
    )
    rows, left = read(path, label="Kind|label")
    assert left == []
    assert [(row.sentence, row.label) for row in rows] == [
        ("He rang.", "told"),
        ("Twice so.", "told"),
        ("Unseen.", "judged"),
    ]


def test_the_documents_that_were_imported_into_a_project_are_not_read_again(tmp_path):
    path = tmp_path / "project.zip"
    tsv = "#FORMAT=WebAnno TSV 3.3\n#T_SP=webanno.custom.Kind|label\n\n\n#Text=So.\n1-1\t0-3\tSo.\ttold\t\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("source/review.tsv", tsv)
        archive.writestr("annotation/review.tsv/ann.tsv", tsv)
        archive.writestr("annotation/review.tsv/INITIAL_CAS.tsv", tsv)
        archive.writestr("curation/review.tsv/CURATION_USER.tsv", tsv)
    rows, left = read(path)
    assert [(row.document, row.annotator) for row in rows] == [("review.tsv", "ann"), ("review.tsv", "CURATION_USER")]
    assert left == []


def test_cas_labels_over_several_sentences_outside_any_and_features_of_other_kinds(tmp_path):
    cassis = pytest.importorskip("cassis")
    types = cassis.TypeSystem()
    sentence = types.create_type("de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Sentence", "uima.tcas.Annotation")
    layer = types.create_type("webanno.custom.Kind", "uima.tcas.Annotation")
    types.create_feature(layer, "label", "uima.cas.String")
    types.create_feature(layer, "sure", "uima.cas.Boolean")
    types.create_feature(layer, "grade", "uima.cas.Integer")
    cas = cassis.Cas(types)
    cas.sofa_string = "He rang. She left.    A heading"
    cas.add_all([sentence(begin=0, end=8), sentence(begin=9, end=18)])
    cas.add_all([layer(begin=3, end=18, label="told", sure=False, grade=2), layer(begin=22, end=31, label="judged")])
    cas.to_json(tmp_path / "a.json")
    rows, left = read(tmp_path / "a.json")
    assert [(row.sentence, row.label) for row in rows] == [("He rang.", "told"), ("She left.", "told")]
    assert rows[0].extra == {"sure": False, "grade": 2}
    assert [(item.place, item.cause) for item in left] == [
        ("characters 22 to 31", "have a label and stand in no sentence")
    ]


def text_that_inception_builds(path: Path) -> tuple[str, list[tuple[str, str]]]:
    """Return the text that INCEpTION makes of a file, and of each token what the file and what that text says it is.

    It starts each sentence where its first token does, fills gaps with spaces, and ends each with a line end.
    """

    def meant(text: str) -> str:
        return re.sub(r"\\(.)", lambda match: {"t": "\t", "n": "\n", "r": "\r"}.get(match[1], match[1]), text)

    built, sentence, places = b"", "", []
    for line in path.read_text(encoding="utf-8").split("\n")[4:]:
        if line.startswith("#Text="):
            sentence += meant(line.removeprefix("#Text=")) + "\n"
        elif line:
            _, offsets, token, *_ = line.split("\t")
            begin, end = (2 * int(offset) for offset in offsets.split("-"))
            if sentence:
                built = built[:begin].ljust(begin) + sentence.encode("utf-16-le")
                sentence = ""
            places.append((meant(token), begin, end))
    return built.decode("utf-16-le"), [(token, built[begin:end].decode("utf-16-le")) for token, begin, end in places]


def test_inception_builds_the_text_that_was_meant(tmp_path):
    sentences = ["  Two spaces.", "She rang 😀.\nTwice. ", "\n\tBefore it a line.", "So.\r\nYes.\n", "C:\\new"]
    path = write([Annotation(sentence, "told") for sentence in sentences], "inception", tmp_path / "a.tsv")
    text, tokens = text_that_inception_builds(path)
    assert text == "\n".join(sentences) + "\n"
    assert [said for said, _ in tokens] == [found for _, found in tokens]
    assert [row.sentence for row in read(path)[0]] == sentences


def test_a_document_without_a_layer_of_labels_is_one_that_nobody_has_annotated(tmp_path):
    path = tmp_path / "a.tsv"
    body = "\n\n#Sentence.id=s1\n#Text=He left.\n1-1\t0-2\tHe\tPRP\t\n1-2\t3-8\tleft.\tVBD\t\n"
    words = "#T_SP=de.tudarmstadt.ukp.dkpro.core.api.lexmorph.type.pos.POS|PosValue\n"
    for content in (words + body, body.replace("\tPRP", "").replace("\tVBD", "")):
        path.write_text(f"#FORMAT=WebAnno TSV 3.3\n{content}", encoding="utf-8")
        rows, left = read(path)
        assert ([(row.sentence, row.label, row.sentence_id) for row in rows], left) == ([("He left.", None, "s1")], [])
    path.write_text(f"#FORMAT=WebAnno TSV 3.3\n{words}{body}", encoding="utf-8")
    assert [item.cause for item in read(path, label="PosValue")[1]] == [
        "has 2 labels (PRP, VBD), and a sentence of a corpus has one"
    ]
    with pytest.raises(CorpusError, match="does not say which of its layers"):
        read(path, label="Kind|label")


def test_named_entities_hold_labels_where_a_project_has_no_layer_of_its_own(tmp_path):
    path = tmp_path / "a.tsv"
    entity = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
    path.write_text(
        f"#FORMAT=WebAnno TSV 3.3\n#T_SP={entity}|value\n\n\n#Text=So.\n1-1\t0-3\tSo.\ttold\t\n", encoding="utf-8"
    )
    assert [row.label for row in read(path)[0]] == ["told"]


def test_a_cas_without_a_layer_of_labels_is_one_that_nobody_has_annotated(tmp_path):
    cassis = pytest.importorskip("cassis")
    types = cassis.TypeSystem()
    sentence = types.create_type("de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Sentence", "uima.tcas.Annotation")
    cas = cassis.Cas(types)
    cas.sofa_string = "He rang. She left."
    cas.add_all([sentence(begin=0, end=8), sentence(begin=9, end=18)])
    cas.to_json(tmp_path / "a.json")
    rows, left = read(tmp_path / "a.json")
    assert ([(row.sentence, row.label) for row in rows], left) == ([("He rang.", None), ("She left.", None)], [])
