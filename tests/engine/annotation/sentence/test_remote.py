"""A sentence read by an endpoint: its answer is a list of sounds in the requested form, or one sentence."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.annotation.chat_endpoint import EndpointError
from engine.annotation.sentence.remote import RemoteReader, rows_of
from engine.contract.directions import Direction
from engine.contract.planned_lane import PlannedLane
from engine.contract.scene.lane import LaneKind
from engine.words.movement import Movement
from tests.chat_endpoint import Endpoint

SOUNDS = {
    "sounds": [
        {"words": "a dog barking", "place": "on the left", "kind": "point", "level_db": -6},
        {"words": "rain", "place": "", "kind": "bed"},
        {"words": "a car", "place": "from left to right in 6 seconds"},
    ]
}


def said(text: str) -> dict[str, object]:
    return {"choices": [{"message": {"content": text}}]}


def reader(endpoint: Endpoint) -> RemoteReader:
    return RemoteReader(endpoint.url, "m", "secret-key", tries=1)


@pytest.mark.parametrize("around", ["{}", "```json\n{}\n```", "Here you are: {} Enjoy!"])
def test_the_sounds_of_an_answer_become_lanes(endpoint: Endpoint, around: str) -> None:
    endpoint.will_say((200, said(around.replace("{}", json.dumps(SOUNDS, indent=1)))))
    dog, rain, car = reader(endpoint).ideas("the sentence").lanes
    assert endpoint.seen[0][2]["messages"][1] == {"role": "user", "content": "the sentence"}
    assert (dog.words, dog.place, dog.kind, dog.gain_db) == ("a dog barking", Direction(90.0), LaneKind.POINT, -6.0)
    assert (rain.place, rain.kind) == (None, LaneKind.BED)
    assert isinstance(car.place, Movement)


@pytest.mark.parametrize(
    "text",
    [
        "I am sorry.",
        "{}",
        "[]",
        '{"sounds": []}',
        '{"sounds": [{}]}',
        '{"sounds": [{"words": ""}]}',
        '{"sounds": [{"words": 5}]}',
        '{"sounds": [{"words": "a", "run": "rm"}]}',
        '{"sounds": [{"words": "a", "level_db": NaN}]}',
        '{"sounds": [{"words": "a", "level_db": 1e400}]}',
        '{"sounds": [{"words": "a", "level_db": true}]}',
        '{"sounds": [{"words": "a", "level_db": 99}]}',
        '{"sounds": [{"words": "a", "kind": "film-sound"}]}',
        '{"sounds": [{"words": "a", "kind": ["bed"]}]}',
        '{"sounds": [{"words": "a", "place": "on the moon"}]}',
        '{"sounds": [{"words": "a"}], "more": 1}',
        json.dumps({"sounds": [{"words": "a"}] * 17}),
        json.dumps({"sounds": [{"words": "a" * 201}]}),
        '{"sounds": ' + "[" * 100_000 + "}",
    ],
)
def test_a_hostile_or_useless_answer_is_one_sentence(endpoint: Endpoint, text: str) -> None:
    endpoint.will_say((200, said(text)))
    with pytest.raises(EndpointError, match="did not answer with a list of sounds that can be used") as told:
        reader(endpoint).ideas("a dog")
    assert "secret-key" not in str(told.value)
    assert len(str(told.value)) < 200


def test_control_characters_in_an_answer_become_spaces() -> None:
    (row,) = rows_of('{"sounds": [{"words": "a\\u0000 dog\\u202e\\nbarks"}]}')
    assert row == PlannedLane("a dog barks")


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["sounds", "words", "x"]), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(_JSON)
def test_any_answer_is_rows_or_a_value_error(value: object) -> None:
    try:
        rows = rows_of(json.dumps(value))
    except ValueError:
        return
    assert all(isinstance(row, PlannedLane) for row in rows)
