"""Files are whole or absent, and what cannot be written is told."""

import os
import stat
import threading

import pytest

from bias_detect.errors import UsageError
from bias_detect.files import whole, whole_file


def test_a_file_appears_when_all_is_written_and_stays_as_it_was_where_not(tmp_path):
    path = tmp_path / "new" / "folder" / "a.txt"
    with whole_file(path) as stream:
        stream.write(b"first")
        assert not path.exists()
    with pytest.raises(ZeroDivisionError), whole_file(path) as stream:
        stream.write(b"second")
        raise ZeroDivisionError
    assert path.read_bytes() == b"first"
    assert [entry.name for entry in path.parent.iterdir()] == ["a.txt"]


def test_a_name_as_long_as_may_be(tmp_path):
    path, longer = tmp_path / ("a" * 255), tmp_path / ("b" * 256)
    with whole_file(path) as stream:
        stream.write(b"x")
    assert path.read_bytes() == b"x"
    with pytest.raises(UsageError, match=r"cannot be written .*; choose a shorter name"), whole_file(longer):
        pass


def test_a_link_leads_to_its_file_and_stays(tmp_path):
    (tmp_path / "kept").mkdir()
    target, link = tmp_path / "kept" / "a.txt", tmp_path / "link.txt"
    link.symlink_to(target)
    with whole_file(link) as stream:
        stream.write(b"x")
    assert link.is_symlink()
    assert target.read_bytes() == b"x"


@pytest.mark.skipif(os.name != "posix", reason="pipes and rights are those of POSIX")
def test_a_pipe_is_written_to_and_rights_are_those_of_any_new_file(tmp_path):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    with whole_file(pipe) as stream:
        stream.write(b"through")
    reader.join()
    assert read == [b"through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    (tmp_path / "plain").write_bytes(b"")
    with whole(tmp_path / "whole") as stream:
        stream.write(b"")
    assert (tmp_path / "whole").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("place", ["file/a.txt", "folder"])
def test_what_cannot_be_written_is_told(tmp_path, place):
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match="cannot be written"), whole_file(tmp_path / place) as stream:
        stream.write(b"x")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder"]
