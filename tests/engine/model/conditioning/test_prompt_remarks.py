"""A user is told what of a prompt the model cannot follow, and nothing if it can."""

from pathlib import Path

import pytest
import torch

from engine.contract.control import Prompt
from engine.contract.generation import LaneRequest, PatchRequest
from engine.model.conditioning.encoders import load_encoders
from engine.model.conditioning.prompt_encoder import PromptEncoder
from engine.model.conditioning.sound_vocabulary import SoundVocabulary
from engine.model.conditioning.text import MAX_TOKENS, TextEncoder
from engine.model.streaming.streamer import PatchStreamer
from engine.model.weights.checkpoint import load_model

RECORDINGS = {"dog barking": 31, "rain falling": 46, "sea waves": 31, "piano": 2, "a church bell": 9, "typing": 1}


@pytest.fixture(scope="module")
def reader() -> PromptEncoder:
    encoder = TextEncoder()
    prior = 0.5 * torch.tensor([float(count) for count in RECORDINGS.values()]).log()
    return PromptEncoder(encoder, SoundVocabulary(tuple(RECORDINGS), encoder.encode(list(RECORDINGS)), prior))


@pytest.mark.parametrize(
    "text", ["a dog barks", "rain", "sea waves on the left", "rain and a dog barking", "a dog barks loudly and angrily"]
)
def test_nothing_is_said_of_what_is_known(text: str, reader: PromptEncoder) -> None:
    assert reader.remarks(text) == ()


@pytest.mark.parametrize("text", ["狗在叫", "下雨", "собака лает", "犬が吠える", "الكلب ينبح"])
def test_another_script_is_said_not_to_be_read(text: str, reader: PromptEncoder) -> None:
    (remark,) = reader.remarks(text)
    assert "reads English" in remark
    assert text in remark


@pytest.mark.parametrize("text", ["der hund bellt", "le chien aboie", "un perro ladra", "qwrtz"])
def test_words_that_are_near_to_no_sound_are_said(text: str, reader: PromptEncoder) -> None:
    (remark,) = reader.remarks(text)
    assert "reads English" in remark


def test_a_sound_that_was_not_taught_is_read_as_another(reader: PromptEncoder) -> None:
    (remark,) = reader.remarks("a storm")
    assert "The model was not trained on" in remark
    assert 'mapped to "rain falling"' in remark


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("piano", '"piano" is known from 2 recordings only'),
        ("Typing", '"Typing" is known from one recording only'),
        ("someone is typing", '"someone is typing" is mapped to "typing", known from one recording only'),
    ],
)
def test_a_sound_of_few_recordings_is_said(text: str, start: str, reader: PromptEncoder) -> None:
    (remark,) = reader.remarks(text)
    assert remark.startswith(start)


def test_one_unknown_sound_among_known_ones_is_named(reader: PromptEncoder) -> None:
    (remark,) = reader.remarks("a dog barks and a helicopter lands")
    assert 'trained on "a helicopter lands"' in remark
    assert "dog barking" in remark


def test_text_beyond_what_is_read_is_said(reader: PromptEncoder) -> None:
    words = " ".join(f"dog{index}" for index in range(MAX_TOKENS))
    remark = reader.remarks(words)[0]
    end = remark.split('"... ')[1].split('"')[0]
    assert words.startswith(words[: words.index(end)])
    assert 20 < words.index(end) < len(words) - 50
    assert TextEncoder().read_of("a dog barks") == "a dog barks"


def test_remarks_come_once_with_the_patch_of_the_new_words(tiny_folder: Path) -> None:
    streamer = PatchStreamer(load_model(tiny_folder), load_encoders())

    def remarks(text: str, lane: str = "") -> tuple[str, ...]:
        lanes = (LaneRequest(1, Prompt(lane)),) if lane else ()
        return streamer.next_patch(PatchRequest(Prompt(text), steps=1, lanes=lanes)).remarks

    assert len(remarks("下雨")) == 1
    assert remarks("下雨") == ()
    assert len(remarks("下雨", "狗在叫")) == 1
    assert remarks("rain", "狗在叫") == ()
    streamer.reset(0)
    assert len(remarks("下雨", "下雨")) == 1
