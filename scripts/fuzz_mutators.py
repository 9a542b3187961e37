"""Mutations that get past containers: of the XML in a zip archive, the values of a JSON file, the words of a text."""

from __future__ import annotations

import copy
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from lxml import etree

Flip = Callable[[bytes], bytes]
"""Mutates bytes as bytes: that of the fuzzing engine, which learns from comparisons."""

Mutator = Callable[[bytes, Random, Flip], bytes]

# fmt: off
PIECES = [
    "\0", "\ufeff", "\u2028", "\u202e", "\ufffe", "\ud800", "\x85", "\x0c", "\x1c", "\r", "\n", "\r\n", "\t",
    "\u00ad", "\u00a0", "\u200b", "\u0301", "İ", "ß", "ﬁ", "😀", "👩‍👩‍👧", "１", "²", "½", "٣", "Ⅳ", "𝟗", "’", "“", "”",
    "…", "–", "•", " ", ". ", "? ", "!", "...", "; ", ": ", '"', "'", "(", ")", "[", "]", "{", "}", "<", ">", "&",
    "#", "%", "@", "=1+1", "\n\n", "\n# ", "\n- ", "\n1. ", "\n> ", "\n```\n", "\n| a | b |\n|---|---|\n", "\n===\n",
    "[^1]: ", "&amp;", "<!--", "]]>", "Dr. ", "e.g. ", "No. ", "v. ", "i) ", "(a) ", "1.2.3 ", "p. 4 ", "U.K. ",
    "3.5", "10.30am. ", "Ms. A. B. Cole ", "should have ", "could have been ", "failed to ", "if only ",
    "had she known, ", "in hindsight ", "obvious", "not ", "Findings", "Recommendations", "Contents", "........ 12",
    "neither predictable nor preventable", "he said", "“no doubt”", "NaN", "nan", "None", "true", "-0", "1e999",
    "007", "9" * 30, "2019-13-99", "31/12/2019", "inf", "descriptive", "hindsight_biased",
]
VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2, 1.5, -0.0, 1e308, float("nan"), float("inf"), 2**31, 2**63, 2**64, -(2**63),
    10**40, "", " ", "\0", "a", "0", "-1", "\ud800", "../../a", "told", [], {}, [[]], [None], [""], {"": ""},
    {"a": None}, [1, "a"], {"label": "told"}, {"choices": ["told"]}, {"text": "She rang."}, "She rang.", ["told"],
    "\u2028", "=1+1", "x" * 300,
]
# fmt: on
_LARGE = 200_000  # bytes that are not parsed and multiplied any more


def mutate_text(data: bytes, draw: Random, flip: Flip) -> bytes:
    """Insert, repeat, delete and move pieces of UTF-8 text."""
    if draw.random() < 0.3 or len(data) > _LARGE:
        return flip(data)
    text = data.decode("utf-8", "surrogateescape")
    for _ in range(draw.choice([1, 1, 2, 4])):
        start = draw.randint(0, len(text))
        end = min(len(text), start + draw.choice([0, 1, 5, 40, 400]))
        piece = draw.choice([draw.choice(PIECES), draw.choice(PIECES), text[start:end], chr(draw.randrange(0x3000))])
        again = draw.choice([1, 1, 1, 2, 5, 40, 600])
        action = draw.randrange(4)
        if action == 0:
            text = text[:start] + piece * again + text[start:]
        elif action == 1:
            text = text[:start] + text[end:]
        elif action == 2:
            text = text[:start] + piece + text[end:]
        else:
            there = draw.randint(0, len(text))
            text = text[:there] + text[start:end] * min(again, 40) + text[there:]
    return text.encode("utf-8", "surrogatepass" if draw.random() < 0.5 else "replace")


def mutate_bytes(data: bytes, draw: Random, flip: Flip) -> bytes:
    """Flip bytes, copy and repeat stretches, and change numbers that are written as text."""
    if draw.random() < 0.6 or not data:
        return flip(data)
    start, there = draw.randrange(len(data)), draw.randrange(len(data))
    end = min(len(data), start + draw.choice([1, 4, 16, 64, 256, 1024]))
    action = draw.randrange(4)
    if action == 0:
        return data[:there] + data[start:end] * draw.choice([1, 2, 30]) + data[there:]
    if action == 1:
        return data[:start] + data[end:]
    if action == 2:
        return data[:there] + data[start:end] + data[there + end - start :]
    digits = [place for place in range(start, end) if 48 <= data[place] <= 57]
    if not digits:
        return flip(data)
    place = draw.choice(digits)
    number = draw.choice(
        [b"0", b"-1", b"1", b"65536", b"99999999", b"4294967296", b"1e9", b"0.0001", b"%d" % draw.randrange(300)]
    )
    return data[:place] + number + data[place + 1 :]


def _nodes(value: Any) -> list[tuple[Any, Any]]:
    """Return each place in a JSON value, as the container and the key."""
    found: list[tuple[Any, Any]] = []
    pending = [value]
    while pending:
        node = pending.pop()
        keys: Sequence[Any] = (
            list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        )
        found += [(node, key) for key in keys]
        pending += [node[key] for key in keys]
    return found


def mutate_value(value: Any, draw: Random) -> Any:
    """Change a JSON value at a few places."""
    root = [value]
    for _ in range(draw.choice([1, 1, 1, 2, 3, 6])):
        places = _nodes(root)
        holder, key = draw.choice(places)
        other_holder, other_key = draw.choice(places)
        action = draw.randrange(9)
        if action == 0 and holder is not root:
            del holder[key]
        elif action == 1 and isinstance(holder, list):
            holder.insert(key, json.loads(json.dumps(holder[key])))
        elif action == 2 and isinstance(holder, dict):
            holder[draw.choice([str(other_key), "", "text", "label", draw.choice(PIECES)])] = holder.pop(key)
        elif action == 3:
            holder[key] = json.loads(json.dumps(other_holder[other_key]))
        elif action == 4:
            for _ in range(draw.choice([1, 1, 3, 200])):
                holder[key] = draw.choice([[holder[key]], {str(other_key): holder[key]}])
        elif action == 5 and isinstance(holder[key], str):
            holder[key] = mutate_text(holder[key].encode("utf-8", "surrogatepass"), draw, bytes).decode(
                "utf-8", "surrogatepass"
            )
        elif action == 6 and isinstance(holder[key], int | float):
            holder[key] = draw.choice([holder[key] + 1, holder[key] - 1, -holder[key], str(holder[key]), 1e300])
        else:
            holder[key] = copy.deepcopy(draw.choice(VALUES))
        if not root:
            root = [None]
    return root[0]


def mutate_json(data: bytes, draw: Random, flip: Flip) -> bytes:
    """Change a value of a JSON file; now and then its bytes."""
    if draw.random() < 0.1 or len(data) > _LARGE:
        return flip(data) if draw.random() < 0.5 else mutate_text(data, draw, flip)
    try:
        value = mutate_value(json.loads(data), draw)
        return json.dumps(value, ensure_ascii=draw.random() < 0.7).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return flip(data)


def mutate_lines(data: bytes, draw: Random, flip: Flip) -> bytes:
    """Change a line of JSON lines."""
    lines = data.split(b"\n")
    place = draw.randrange(len(lines))
    if draw.random() < 0.2:
        lines.insert(place, draw.choice(lines))
    else:
        lines[place] = mutate_json(lines[place], draw, flip)
    return b"\n".join(lines)


def mutate_xml(data: bytes, draw: Random, flip: Flip) -> bytes:
    """Delete, copy, move, rename and nest elements, and change attributes and text."""
    if draw.random() < 0.1 or len(data) > _LARGE:
        return flip(data) if draw.random() < 0.5 else mutate_text(data, draw, flip)
    try:
        root = etree.fromstring(data, etree.XMLParser(recover=True, huge_tree=True, resolve_entities=False))
    except (ValueError, etree.LxmlError):
        return flip(data)
    if root is None:
        return flip(data)
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    for _ in range(draw.choice([1, 1, 2, 4])):
        one, other = draw.choice(elements), draw.choice(elements)
        parent = one.getparent()
        try:
            _change_element(one, other, parent, draw)
        except (ValueError, TypeError):
            continue
    out: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return out


def _change_element(one: Any, other: Any, parent: Any, draw: Random) -> None:
    action = draw.randrange(8)
    packed = etree.tostring(other)
    if len(packed) > _LARGE // 20:
        action = draw.choice([0, 3, 4, 5, 6])
    copied = etree.fromstring(packed)
    if action == 0 and parent is not None:
        parent.remove(one)
    elif action == 1:
        for _ in range(draw.choice([1, 1, 3, 50])):
            one.append(etree.fromstring(packed))
    elif action == 2 and parent is not None:
        parent.insert(draw.randrange(len(parent) + 1), copied)
    elif action == 3:
        one.tag = other.tag
    elif action == 4 and one.attrib:
        name = draw.choice(list(one.attrib))
        one.set(name, draw.choice([draw.choice(PIECES), str(draw.choice(VALUES)), *other.attrib.values()]))
    elif action == 5 and one.attrib:
        del one.attrib[draw.choice(list(one.attrib))]
    elif action == 6:
        one.text = draw.choice([draw.choice(PIECES) * draw.choice([1, 1, 30]), other.text or ""])
    else:
        for _ in range(draw.choice([1, 5, 150])):
            outer = etree.Element(other.tag, dict(other.attrib))
            outer.append(copied)
            copied = outer
        one.append(copied)


def mutate_archive(data: bytes, draw: Random, flip: Flip) -> bytes:
    """Change a part of a zip archive by its kind, or the archive itself."""
    if draw.random() < 0.08:
        return mutate_bytes(data, draw, flip)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    except Exception:  # of a damaged one anything may be raised
        return flip(data)
    if not parts:
        return flip(data)
    if sum(len(content) for _, content in parts) > 10 * _LARGE:
        return flip(data)
    place = draw.randrange(len(parts))
    name, content = parts[place]
    if draw.random() < 0.06:
        _change_archive(parts, place, draw)
    elif draw.random() < 0.01:
        parts[place] = (name, content + content[:1000] * draw.choice([1_000, 20_000, 150_000]))
    else:
        kinds: dict[str, Mutator] = {
            "xml": mutate_xml,
            "rels": mutate_xml,
            "xmi": mutate_xml,
            "json": mutate_json,
            "tsv": mutate_text,
        }
        kinds |= {"jsonl": mutate_lines, "csv": mutate_text}
        parts[place] = (name, kinds.get(name.rpartition(".")[2].lower(), mutate_bytes)(content, draw, flip))
    stream = io.BytesIO()
    method = draw.choice([zipfile.ZIP_DEFLATED] * 8 + [zipfile.ZIP_STORED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in parts:
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    packed = stream.getvalue()
    return mutate_bytes(packed, draw, flip) if draw.random() < 0.03 else packed


def _change_archive(parts: list[tuple[str, bytes]], place: int, draw: Random) -> None:
    name, content = parts[place]
    action = draw.randrange(4)
    if action == 0 and len(parts) > 1:
        del parts[place]
    elif action == 1:
        parts.append((name, draw.choice(parts)[1]))
    elif action == 2:
        parts[place] = (
            draw.choice([f"../{name}", f"/{name}", name.upper(), name.replace("/", "\\"), "", ".", "..", f"{name}/"]),
            content,
        )
    else:
        parts[place] = name, draw.choice(parts)[1]
