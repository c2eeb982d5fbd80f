"""Remarks for the user on how the model reads a prompt: one sentence for each thing that it cannot follow."""

import re
from typing import Final

from torch import Tensor

from engine.model.conditioning.remembered_texts import RememberedTexts
from engine.model.conditioning.sound_vocabulary import SoundVocabulary

_STRANGE: Final = 0.33
"""Below this a text is near to nothing: other languages and words without a sound are."""
_FEW: Final = 5
"""Sounds with at most this many recordings in training may come out as something else."""
_NOT_LATIN: Final = re.compile(r"[^\W\d_\u0000-\u024f]")
_LETTER: Final = re.compile(r"[^\W\d_]")
_ENGLISH_TO: Final = 0.5
"""A text this close to a name is English, whatever words are in it."""
_FOREIGN: Final = frozenset(
    "der das den dem ein eine und mit auf ist le les un une des du qui et avec dans sur el los las una que con del il "
    "lo gli che di nel um uma com na het een van op och ett med".split()
)
"""Small words of other languages that do not exist in English."""
_NOT_READ: Final = "The model reads English and knows no sound like {}: it may be nearly silent, or sound like {}."
_HOW: Final = re.compile(r"^\w+(?:ing|ly)$", re.IGNORECASE)
"""A word that describes how something sounds, and not what it is."""


class PromptRemarks:
    """Explains how prompts are mapped to the generator's known sounds (None: only how far they are read)."""

    def __init__(self, encoder: RememberedTexts, sounds: SoundVocabulary | None) -> None:
        self._encoder, self._sounds = encoder, sounds

    def of(self, text: str, clauses: list[str], close: float) -> tuple[str, ...]:
        """Return sentences on a text that is not empty.

        `clauses` are its parts without their places, and `close` how near each has to be to a name to be read apart.
        """
        read = self._encoder.read_of(text)
        remarks = []
        if len(read) < len(text):
            end = " ".join(read.split()[-3:])
            remarks.append(f'The prompt is longer than the model reads: the text after "... {end}" is not heard.')
        if _is_foreign_script(text):
            return (*remarks, _NOT_READ.format(f'"{_short(text)}"', "anything"))
        if self._sounds is None:
            return tuple(remarks)
        return (*remarks, *self._on_sounds(self._sounds, read, clauses, close))

    def _on_sounds(self, sounds: SoundVocabulary, text: str, clauses: list[str], close: float) -> list[str]:
        apart = [clause for clause in clauses if not _HOW.match(clause)] if len(clauses) > 1 else []
        said = self._encoder.encode([" ".join(clauses), *apart])
        nearest = sounds.similarities(said).amax(dim=1).tolist()
        if apart and min(nearest[1:]) >= close:
            pairs = [(clause, row) for row, clause in enumerate(apart, start=1)]
            return [line for clause, row in pairs if (line := _line(sounds, said[row], nearest[row], clause, close))]
        whole = _line(sounds, said[0], nearest[0], text, close)
        unknown = [clause for clause, near in zip(apart, nearest[1:], strict=True) if near < close]
        if whole or not unknown:
            return [whole] if whole else []
        listed = ", ".join(f'"{_short(clause)}"' for clause in unknown)
        return [f"The model was not trained on {listed}: the prompt is mapped to {_names(sounds, said[0])}."]


def _line(sounds: SoundVocabulary, said: Tensor, nearest: float, words: str, close: float) -> str:
    """Return a sentence about one sound, or "" if the model knows it well."""
    name = f'"{_short(words)}"'
    is_foreign = nearest < _ENGLISH_TO and set(re.findall(r"\w+", words.lower())) & _FOREIGN
    if is_foreign or nearest < _STRANGE:
        return _NOT_READ.format(name, _names(sounds, said))
    if nearest < close:
        return f"The model was not trained on {name}: it is mapped to {_names(sounds, said)}."
    few = sounds.recordings(sounds.most_meant(said)[0])
    if few <= _FEW:
        heard = "one recording" if few == 1 else f"{few} recordings"
        mapped = _names(sounds, said)
        is_name = mapped.lower() == name.lower()
        known = f"{name} is known" if is_name else f"{name} is mapped to {mapped}, known"
        return f"{known} from {heard} only: it may sound like something else."
    return ""


def _names(sounds: SoundVocabulary, said: Tensor) -> str:
    return " or ".join(f'"{sounds.names[index]}"' for index in sounds.most_meant(said))


def _short(words: str) -> str:
    return words if len(words) <= 60 else words[:57] + "..."


def _is_foreign_script(text: str) -> bool:
    letters, others = len(_LETTER.findall(text)), len(_NOT_LATIN.findall(text))
    return others > 0.5 * letters
