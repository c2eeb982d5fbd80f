"""The sounds that a model was trained on: what words are understood as, and how well each is recognised."""

from dataclasses import dataclass


@dataclass(frozen=True)
class KnownAs:
    """What the model reads some words as.

    `words` are a prompt or a part of it, without its place. `names` are the one or two known sounds that count most,
    the nearest first. `nearness` is the cosine to the first of them, at most 1. `is_taught` is False if that is too
    far away: then nothing like it was in the training.
    """

    words: str
    names: tuple[str, ...]
    nearness: float
    is_taught: bool


@dataclass(frozen=True)
class KnownSound:
    """A name that the model knows.

    `sound_class` is the class of sounds that it belongs to, "" if it was not noted. `recordings` is how many
    recordings of the class were used in training. `recognised` says in how many takes of the class an independent
    tagger heard it, and of how many; `real` the same of real recordings. Both are None if that was not measured.
    """

    name: str
    sound_class: str = ""
    recordings: int = 0
    recognised: tuple[int, int] | None = None
    real: tuple[int, int] | None = None
