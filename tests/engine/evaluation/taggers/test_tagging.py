import numpy as np
import pytest

from engine.evaluation.taggers.tagging import AUDIOSET_NAMES, PROMPT_CLASSES, class_scores, confusion

NAMES = tuple(sorted({name for names in AUDIOSET_NAMES.values() for name in names}))


def heard(**scores: float) -> np.ndarray:
    row = np.full(len(NAMES), 0.01)
    for name, score in scores.items():
        row[NAMES.index(name)] = score
    return row


def test_a_class_scores_as_its_best_name() -> None:
    scores = class_scores(heard(Bark=0.7, Dog=0.4, Rain=0.2), NAMES, ("dog", "rain", "sea"))
    assert scores == pytest.approx([0.7, 0.2, 0.01])


def test_no_two_prompt_classes_share_a_name() -> None:
    names = [name for c in PROMPT_CLASSES for name in AUDIOSET_NAMES[c]]
    assert len(names) == len(set(names))


def test_the_table_has_what_was_asked_in_rows_and_what_was_heard_in_columns() -> None:
    table = confusion(
        [("rain", heard(Rain=0.9)), ("rain", heard(Ocean=0.9)), ("dog", heard(Bark=0.5)), ("clock", heard(Tick=0.5))],
        NAMES,
    )
    rain, sea = PROMPT_CLASSES.index("rain"), PROMPT_CLASSES.index("sea")
    assert table.counts[rain, rain] == 1
    assert table.counts[rain, sea] == 1
    assert table.counts[sea].sum() == 0
    assert table.accuracy == pytest.approx(0.75)
    assert table.chance == pytest.approx(0.2)
    text = table.format()
    assert "75% right of 4" in text
    assert [line.split()[0] for line in text.splitlines()[1:6]] == list(PROMPT_CLASSES)


def test_the_interval_narrows_with_more_sounds() -> None:
    few = confusion([("dog", heard(Dog=0.9))] * 4, NAMES).accuracy_interval()
    many = confusion([("dog", heard(Dog=0.9))] * 100, NAMES).accuracy_interval()
    assert few[0] == pytest.approx(0.510, abs=0.002)
    assert few[0] < many[0] < 1.0
    assert confusion([], NAMES).accuracy_interval() == (0.0, 1.0)


def test_silence_is_never_right() -> None:
    table = confusion([(name, np.zeros(len(NAMES))) for name in PROMPT_CLASSES], NAMES)
    assert table.accuracy == 0.0
    assert table.counts[:, -1].tolist() == [1] * len(PROMPT_CLASSES)
    assert "nothing" in table.format()
