"""What an audit does again, and what it leaves as it is."""

from audits import run


def test_a_second_run_does_only_what_is_new_or_changed(tmp_path, reviews, prose):
    folder = tmp_path / "audit"
    run(reviews, folder)
    before = {path.name: path.stat().st_mtime_ns for path in (folder / "sentences").iterdir()}
    steps = []
    run(reviews, folder, progress=steps.append)
    assert [(step.done, step.total) for step in steps] == [(6, 6)]
    assert {path.name: path.stat().st_mtime_ns for path in (folder / "sentences").iterdir()} == before

    (reviews / "ann.md").write_text(prose(90))
    (reviews / "new.md").write_text(prose(91))
    (reviews / "ben.md").unlink()
    steps.clear()
    result = run(reviews, folder, progress=steps.append)
    assert (steps[0].done, steps[-1].done, steps[-1].total) == (4, 6, 6)
    assert steps[-1].part == 1
    assert result.reports["document"].tolist() == ["2019/eve.md", "2020/eve.md", "ann.md", "cat.md", "dan.md", "new.md"]
    after = {path.name: path.stat().st_mtime_ns for path in (folder / "sentences").iterdir()}
    assert len(after) == 6
    assert sum(before.get(name) == stamp for name, stamp in after.items()) == 4

    steps.clear()
    run(reviews, folder, progress=steps.append, fresh=True)
    assert steps[0].done == 0


def test_a_renamed_report_keeps_its_sentences_under_its_new_name(tmp_path, reviews, contents):
    run(reviews, tmp_path / "audit")
    (reviews / "ann.md").rename(reviews / "zoe.md")
    renamed = run(reviews, tmp_path / "audit")
    anew = run(reviews, tmp_path / "anew")
    assert set(renamed.sentences["document"]) == set(renamed.reports["document"]) == {*anew.reports["document"]}
    assert contents(tmp_path / "audit") == contents(tmp_path / "anew")


def test_what_the_sentences_depend_on_is_scored_anew(tmp_path, reviews, two_class_bundle):
    folder = tmp_path / "audit"
    run(reviews, folder)
    for options in ({"section": "findings"}, {"count_all": True}, {"encoding": "cp1252"}, {"model": two_class_bundle}):
        steps = []
        run(reviews, folder, progress=steps.append, **options)
        assert steps[0].done == 0, options
        assert len(list((folder / "sentences").iterdir())) == 6


def test_a_damaged_file_of_sentences_is_made_again(tmp_path, reviews, contents):
    folder = tmp_path / "audit"
    run(reviews, folder)
    good = contents(folder)
    first, second, *_ = sorted((folder / "sentences").iterdir())
    first.write_bytes(first.read_bytes()[:-40])
    second.write_bytes(b"")
    run(reviews, folder)
    assert contents(folder) == good


def test_the_tables_are_the_same_whatever_the_order_and_the_number_of_processes(tmp_path, reviews, contents):
    (reviews / "broken.pdf").write_bytes(b"nothing")
    (reviews / "again.md").write_text((reviews / "ann.md").read_text())
    run(reviews, tmp_path / "one")
    run(sorted(reviews.iterdir(), reverse=True), tmp_path / "two", jobs=2)
    run(reviews / "cat.md", tmp_path / "three")
    run(reviews, tmp_path / "three")
    assert contents(tmp_path / "one") == contents(tmp_path / "two") == contents(tmp_path / "three")
    assert not [path for path in (tmp_path / "two" / "sentences").iterdir() if path.name.startswith(".")]
