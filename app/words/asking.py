"""A sentence read by a model at the user's endpoint, in a child process: a server may hang, and can be given up.

The child imports this too, so it must not import Qt.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Final

from engine.annotation.chat_endpoint import EndpointError
from engine.annotation.sentence.ideas import Ideas
from engine.annotation.sentence.remote import RemoteReader
from engine.contract.errors import CancelledError, EngineError, reason_of
from engine.runtime.processes.asked_child import asked_child, told_as

PATIENCE_S: Final = 90.0
_TRIES: Final = 2


@dataclass(frozen=True)
class Question:
    """A sentence for the model of a name at an address."""

    address: str
    model: str
    sentence: str


def ask_endpoint(question: Question, cancelled: Callable[[], bool], patience_s: float = PATIENCE_S) -> Ideas:
    """Return the lanes that a model reads in a sentence. Takes seconds: not for the window's thread.

    Raises CancelledError, EndpointError if there is no usable answer in time, or InvalidInputError for the address.
    """
    errors = told_as(
        cancelled=CancelledError("The model was not asked."),
        late=EndpointError(f"{question.address} did not answer within {patience_s:g} s: try again later."),
        died=EndpointError(f"Asking {question.address} stopped without an answer: try again."),
    )
    with errors, asked_child("sentence-reader", _child_main, question) as child:
        said = child.answer(patience_s, cancelled)
    assert isinstance(said, Ideas)
    return said


def _child_main(question: Question, answers: Connection) -> None:
    try:
        reader, withheld = RemoteReader(question.address, question.model, tries=_TRIES).with_key_from(os.environ)
        ideas = reader.ideas(question.sentence)
        answers.send(Ideas(ideas.lanes, (*((withheld,) if withheld else ()), *ideas.remarks)))
    except EngineError as error:
        answers.send(error)
    except Exception as error:  # reported as a message, never lost
        answers.send(EndpointError(f"{question.address} cannot be asked: {reason_of(error)}."))
