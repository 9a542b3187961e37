"""Drafts in Word for the tests of ``bias-detect review``, and the comments that they have."""

import hashlib
from pathlib import Path

import docx

JUDGED = "Staff should have seen that he was in danger."
OBVIOUS = "It was obvious that her husband would become violent again."
TOLD = "The nurse rang the ward."


def write(path: Path, *texts: str, heading: str = "Findings") -> Path:
    document = docx.Document()
    document.add_heading(heading, level=1)
    for text in texts:
        document.add_paragraph(text)
    document.save(str(path))
    return path


def commented(path: Path) -> list[str]:
    """Return the ids of the comments of a Word file."""
    comments = docx.Document(str(path)).comments
    return [
        comment.text.splitlines()[-1].removeprefix("To leave this one for good, add ").split()[0]
        for comment in comments
    ]


def digest(path: Path) -> str:
    """Return a digest of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
