"""The changes that ``scripts/mutate.py`` makes: one at a time, in what runs, and in nothing else."""

import mutate

SOURCE = '''
def middle(values: list[int] | None, least: int = 0) -> int | None:
    """Return the middle of 3 values, 1 < 2."""
    if not values and least < 1:
        raise ValueError(f"of {len(values) + 1} none")
    return values[-1] + least
'''


def test_each_change_is_one_change_in_what_runs():
    every = mutate.changes(SOURCE)
    assert {what.rpartition(": ")[2] for _, what in every} == {
        *("+1", "-1", "sign dropped", "Lt to LtE", "And to Or", "dropped", "Add to Sub"),
    }
    assert [line for line, what in every if what.endswith("dropped") and "return" in what] == [6]
    same = mutate.changed(SOURCE, len(every))
    made = [mutate.changed(SOURCE, number) for number in range(len(every))]
    for text in made:
        apart = [(old, new) for old, new in zip(same.splitlines(), text.splitlines(), strict=True) if old != new]
        assert len(apart) == 1
        assert "values: list[int] | None" in text and "3 values, 1 < 2" in text
    assert ["len(values) + 1" in text for text in made].count(False) == 1  # where the error is dropped with its text
    assert len(set(made)) == len(made)
