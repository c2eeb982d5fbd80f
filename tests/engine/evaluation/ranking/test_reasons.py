"""Reasons say what was measured, and only what was."""

from dataclasses import replace

import numpy as np
import pytest

from engine.ambisonics.encoding import encode_point
from engine.contract.directions import Direction
from engine.evaluation.ranking.candidates import Scorer, rank
from engine.evaluation.ranking.facts import Sound, TakeFacts, facts_of
from engine.evaluation.ranking.model import RankModel
from engine.evaluation.ranking.rank import Scores
from engine.evaluation.ranking.reasons import reasons_of
from tests.engine.evaluation.ranking.test_rank import KINDS, WORDS, hum, noise
from tests.engine.evaluation.ranking.test_rank import model as model  # the fitted scorer, a fixture

USUAL = TakeFacts(Scores(None, 0.5, 1.0), -30.0, 0.0, 0.0, 0.0, 0.5, None)


def own_reasons(own: TakeFacts, others: int = 5, words: str = "a dog barks") -> str:
    return " ".join(reasons_of([own, *[USUAL] * others], words)[0])


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        (replace(USUAL, scores=Scores(None, 0.83, 1.0)), "Closest to 'a dog barks' (0.83 of 1)."),
        (replace(USUAL, scores=Scores(None, 0.2, 1.0)), "Likeness to 'a dog barks' (0.20 of 1)."),
        (replace(USUAL, nearest=Sound("dog bark", 0.71)), "It sounds most like 'dog bark' (0.71)."),
        (replace(USUAL, heard_db=-36.2), "It is quieter than the others by 6 dB."),
        (replace(USUAL, heard_db=-25.0), "It is louder than the others by 5 dB."),
        (replace(USUAL, scores=Scores(0.95, None, 1.0)), "It is 9 degrees from its direction."),
        (replace(USUAL, scores=Scores(0.5, None, 1.0)), "It is 90 degrees from its direction, far off."),
        (replace(USUAL, silent_share=0.4), "It is silent for 40 % of the time."),
        (replace(USUAL, clicks_per_second=1.25), "It has 1.2 clicks per second."),
        (replace(USUAL, clipped_share=0.004), "It clips in 0.4 % of its samples."),
        (replace(USUAL, strangeness=1.1), "It is further from real recordings than 95 % of them are."),
        (replace(USUAL, heard_db=None), "It is silent."),
    ],
)
def test_each_figure_has_its_sentence(own: TakeFacts, sentence: str) -> None:
    assert sentence in own_reasons(own)
    assert sentence not in own_reasons(USUAL)


def test_nothing_is_said_of_what_is_usual_or_was_not_asked_for() -> None:
    assert own_reasons(USUAL) == "Likeness to 'a dog barks' (0.50 of 1)."
    assert own_reasons(replace(USUAL, scores=Scores(None, None, 1.0)), words="") == ""
    assert own_reasons(replace(USUAL, heard_db=-10.0), others=0, words="") == ""


def test_the_figures_are_those_of_the_sound(model: RankModel) -> None:
    scores, place = Scores(None, None, 1.0), Direction(30)
    loud, quiet = (facts_of(encode_point(level * noise(), place), scores, model) for level in (1.0, 0.02))
    assert loud.heard_db is not None
    assert quiet.heard_db is not None
    assert loud.heard_db - quiet.heard_db > 3.0
    half = noise(seconds=4.0)
    half[: half.size // 2] = 0.0
    assert facts_of(encode_point(half, place), scores, model).silent_share == pytest.approx(0.5, abs=0.03)
    clicking = np.array(hum(3))
    clicking[::24_000] += 0.5
    assert facts_of(encode_point(clicking, place), scores, model).clicks_per_second == pytest.approx(2.0, abs=0.6)
    assert facts_of(encode_point(np.clip(50 * noise(), -1, 1), place), scores, model).clipped_share > 0.1
    silent = facts_of(np.zeros((4, 96_000)), scores, model)
    assert (silent.heard_db, silent.silent_share, silent.nearest) == (None, 1.0, None)


def test_the_nearest_known_sound_is_the_right_one(model: RankModel) -> None:
    embeddings = np.stack(list(WORDS.values()))
    for kind, make in KINDS.items():
        facts = facts_of(encode_point(make(99), Direction(0)), Scores(None, None, 1.0), model, tuple(KINDS), embeddings)
        assert facts.nearest is not None
        assert facts.nearest.name == kind


def test_the_best_comes_first_with_its_reasons(model: RankModel) -> None:
    scorer = Scorer(model, lambda words: WORDS[words], tuple(KINDS), np.stack(list(WORDS.values())))
    place = Direction(90)
    takes = [encode_point(make(50), place) for make in KINDS.values()] + [np.zeros((4, 96_000))]
    for index, kind in enumerate(KINDS):
        order = rank(takes, kind, place.unit_vector(), scorer)
        assert order[0].index == index
        assert order[0].reasons[0].startswith(f"Closest to '{kind}'")
        assert order[-1].index == len(takes) - 1
        assert order[-1].reasons == ("It is silent.",)
        assert [one.score for one in order] == sorted((one.score for one in order), reverse=True)
    behind = rank(
        [encode_point(noise(1), Direction(-90)), encode_point(noise(2), place)], "", place.unit_vector(), scorer
    )
    assert [one.index for one in behind] == [1, 0]
    assert "far off" in " ".join(behind[1].reasons)
