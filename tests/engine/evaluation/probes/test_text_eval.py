"""Text alone: the prompts are new words, agreement counts what it should, and silence is wrong."""

from pathlib import Path

import numpy as np
import pytest

from engine.contract.errors import InvalidInputError
from engine.contract.generation import PatchRequest, PatchResult
from engine.evaluation.probes.text import HeardTake, TextReport, best_names, evaluate_text, main
from engine.evaluation.probes.text_prompts import (
    ACCEPTED,
    TEXT_PROMPTS,
    TextPrompt,
    content_stems,
    known_words,
    label_texts,
)
from engine.scenes.names import SOUND_NAMES
from engine.scenes.options import FOCUS_CLASSES
from engine.scenes.paths import MOTIONS
from engine.scenes.wording import Phrase, describe_scene
from tests.engine.evaluation.bench_fakes import PlaneWaveSource

LABELS = ("dog barking", "puppy barking", "heavy rain", "church bells", "footsteps on gravel", "crackling fireplace")


def training_captions() -> list[str]:
    """Captions of every class that the data cover best, still and moving, near and far, seen and unseen."""
    rng = np.random.default_rng(0)
    captions = []
    for sound_class in FOCUS_CLASSES:
        for number in range(150):
            path = rng.standard_normal((8, 3))
            path /= np.linalg.norm(path, axis=1, keepdims=True)
            distance = np.geomspace(1.0, 9.0, 8)[:: 1 if number % 2 else -1] if number % 3 else None
            motion = MOTIONS[number % len(MOTIONS)]
            place = None if number % 7 == 0 else path if number % 5 else np.repeat(path[:1], 8, 0)
            phrase = Phrase(sound_class, sound_class, place, distance, bool(number % 4), motion)
            captions.append(describe_scene([phrase, phrase][: 1 + number % 2], "large room", rng))
    return captions + [describe_scene([], "", rng) for _ in range(40)]


def test_no_word_of_a_prompt_is_in_the_captions_of_the_training() -> None:
    captions = training_captions()
    assert known_words(TEXT_PROMPTS, captions) == {}
    assert known_words(TEXT_PROMPTS, [name for names in SOUND_NAMES.values() for name in names]) == {}
    assert known_words([TextPrompt("a barking hound", "dog")], captions) == {"a barking hound": ("bark",)}


def test_there_are_thirty_prompts_and_every_sound_is_asked_for() -> None:
    assert len({prompt.text for prompt in TEXT_PROMPTS}) == 30
    assert {prompt.sound for prompt in TEXT_PROMPTS} == set(ACCEPTED)
    assert not {"Animal", "Vehicle", "Water", "Music"} & {name for names in ACCEPTED.values() for name in names}


@pytest.mark.parametrize(
    ("one", "other"), [("barks", "barking"), ("waves", "wave"), ("chopped", "chopping"), ("sneezes", "sneezing")]
)
def test_inflections_are_one_word(one: str, other: str) -> None:
    assert content_stems(f"the {one}") == content_stems(other)


def test_the_labels_of_a_data_folder_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "sounds.tsv"
    table.write_text("path\tlabel\tclass\n" + "".join(f"{i}.wav\t{label}\tdog\n" for i, label in enumerate(LABELS)))
    assert set(label_texts(tmp_path)) == {*LABELS, "dog"}
    assert main(["--data", str(tmp_path)]) == 0
    table.write_text("path\tlabel\tclass\nx.wav\ta steady hum\thum\n")
    assert main(["--data", str(tmp_path)]) == 2
    assert "steady" in capsys.readouterr().err
    with pytest.raises(InvalidInputError, match="missing"):
        label_texts(tmp_path / "nowhere")


class ToneSource(PlaneWaveSource):
    """A tone for each prompt; the last one is silent."""

    def next_patch(self, request: PatchRequest) -> PatchResult:
        result = super().next_patch(request)
        index = [prompt.text for prompt in SAID].index(request.prompt.text)
        t = np.arange(result.samples.shape[1]) / 48_000
        result.samples[:] = (index < len(SAID) - 1) * 0.2 * np.sin(2 * np.pi * 500 * (index + 1) * t)
        return result


SAID = (
    TextPrompt("a", "rain"),
    TextPrompt("b", "dog"),
    TextPrompt("c", "bell"),
    TextPrompt("d", "wind"),
    TextPrompt("e", "fire"),
)


class ToneTagger:
    """Tone 1 is Rain; tone 2 has Dog at the fifth place; tone 3 has Bell at the sixth."""

    class_names = ("Rain", "Dog", "Bell", "Wind", "Fire", "one", "two", "three", "four", "five")

    def mean_scores(self, mono: np.ndarray, rate_hz: int) -> np.ndarray:
        scores = np.zeros(10)
        if not mono.any():
            return scores
        tone = round(np.argmax(np.abs(np.fft.rfft(mono))) * rate_hz / mono.size / 500)
        scores[5:] = np.linspace(0.9, 0.5, 5)
        scores[tone - 1] = (0.95, 0.55, 0.1, 0.91)[tone - 1]
        return scores


def test_agreement_counts_the_five_best_and_silence_is_wrong() -> None:
    source = ToneSource()
    report = evaluate_text(source, ToneTagger(), prompts=SAID, takes=2, seconds=0.32)
    assert report.agreement(5).value == pytest.approx(0.6)
    assert report.agreement(1).value == pytest.approx(0.4)
    # One prompt of five belongs to each take that was heard as anything that is asked for.
    assert report.chance(5) == pytest.approx(0.6 / 5)
    assert [take.text for take in report.silent] == ["e", "e"]
    assert report.never_heard() == ("bell", "fire")
    assert len(set(source.seeds)) == 10
    assert "silent" in report.format()
    assert report.as_json()["silent"] == ["e", "e"]
    assert best_names(np.zeros(3), ("a", "b", "c")) == ()


def test_the_interval_is_over_prompts_and_not_over_takes() -> None:
    def take(text: str, name: str) -> HeardTake:
        return HeardTake(text, "rain", 0, ((name, 0.5),))

    few = TextReport(tuple(take(t, n) for t, n in (("a", "Rain"), ("b", "Dog"), ("c", "Rain"), ("d", "Dog"))))
    many = TextReport(few.takes * 25)
    assert (many.agreement().low, many.agreement().high) == (few.agreement().low, few.agreement().high)


def test_counts_that_measure_nothing_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for option in ("--takes", "--steps", "--seconds"):
        assert main([option, "0"]) == 2
        assert option in capsys.readouterr().err
