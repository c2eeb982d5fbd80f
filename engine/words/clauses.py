"""Splits a prompt into clauses, each with its places and movements.

Only text with a place is split: "thunder and lightning" is one sound, and so is a prompt without any place.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine.words.clause import MARK, Clause, Mark
from engine.words.movement import Way, ways_in
from engine.words.phrases import place_phrases
from engine.words.place import Place
from engine.words.vocabulary import PLACE_WORDS

_BOTH_SIDES: Final = re.compile(
    r"\b(?:on )?(?:the )?left and (?:on )?(?:the )?right\b|\b(?:on|from|at) (?:both|either) sides?\b", re.IGNORECASE
)
_MOVES: Final = re.compile(r"\b(?:between|mov\w+|back and forth|pan\w*)\b", re.IGNORECASE)
_JOINT: Final = re.compile(
    r"\s*(?:[,;]|[.!?](?=\s|$)|&|"
    r"\b(?:and then|and|while|with|then|as well as|plus|but|whereas|meanwhile)\b|(?=(?<!with)\bwithout\b))\s*",
    re.IGNORECASE,
)
_BRACKETS: Final = re.compile(rf"\(((?:[^()]* )?(?:{'|'.join(PLACE_WORDS)})(?: [^()]*)?)\)", re.IGNORECASE)
"""A place in brackets: "dog barking (on the left)"."""
_DASH: Final = re.compile(r"\s+-+\s+|\s*[\u2013\u2014]\s*")
PAIRS: Final = re.compile(
    r"\b(back|to|round|rock|cats|thunder|drum|pots|horse|bow|cup|hustle|wind|pen|hammer|fish|again) and "
    r"(forth|fro|back|round|roll|dogs|lightning|bass|pans|carriage|arrows?|saucer|bustle|rain|paper|anvil|chips|again)\b",
    re.IGNORECASE,
)
"""Pairs that are one thing."""
_GOING_ON: Final = frozenset("moves goes drives runs flies walks passes rolls travels rushes races sails".split())
_EXCLUDED: Final = re.compile(r"^(?:no|without|nor)\b", re.IGNORECASE)
_GOES_ON: Final = re.compile(r"^(?:\w+ing|\w+ly)$|^(?:that|which|who)\b", re.IGNORECASE)
_ONE_VERB: Final = re.compile(r"^\w+[^s\W]s$", re.IGNORECASE)
_ONE_THING: Final = re.compile(r"^an? ", re.IGNORECASE)
_ARTICLE: Final = re.compile(r"^(?:an?|the|some|two|three|many|one|another)\b", re.IGNORECASE)
_VERBS: Final = frozenset(
    "barks bark rings ring sings sing chirps chirp ticks tick cries cry roars roar howls howl crashes "
    "crash passes pass flies fly drives drive runs run plays play speaks speak talks talk laughs laugh "
    "screams scream crackles crackle blows blow rumbles rumble hums hum buzzes buzz croaks croak meows "
    "meow moos moo whistles whistle drips drip pours pour honks honk falls fall walks walk is are comes "
    "come goes go rises starts moves move".split()
)


@dataclass(frozen=True)
class Clauses:
    """The clauses of a prompt in order, and its excluded sounds in the original words."""

    sounds: tuple[Clause, ...]
    excluded: tuple[str, ...] = ()


def clauses_of(text: str) -> Clauses:
    """Return the clauses of a prompt: those with a place separately, those without one merged with their neighbours."""
    words, marks = _marked(" ".join(MARK.sub(" ", text).split()))
    parts = [Clause(part, joint, marks) for joint, part in _split(words)]
    sounds, excluded = _without_excluded(parts)
    if not sounds:
        return Clauses((Clause(text.strip()),))
    if any(part.is_placed for part in sounds):
        return Clauses(tuple(_shared(_apart(_attached(sounds)))), tuple(excluded))
    return Clauses((_joined(sounds) if excluded else Clause(text.strip()),), tuple(excluded))


def _marked(text: str) -> tuple[str, tuple[Mark, ...]]:
    """Return a text with marks for its places and movements, and the meaning of the marks."""
    marks: list[Mark] = []

    def mark(text: str, spans: Sequence[tuple[int, int, Place | Way]]) -> str:
        for start, end, says in reversed(spans):
            marks.append(Mark(text[start:end].strip(), says))
            text = f"{text[:start]} ⟦{len(marks) - 1}⟧ {text[end:]}"
        return text

    text = _DASH.sub(", ", text)
    text = " ".join(_BRACKETS.sub(r", \1 ", text).split())
    if not _MOVES.search(text):
        text = _BOTH_SIDES.sub("on the left and on the right", text)
    text = mark(text, [(way.start, way.end, way) for way in ways_in(text)])
    text = mark(text, [(phrase.start, phrase.end, phrase.place) for phrase in place_phrases(text)])
    return re.sub(r"(⟦\d+⟧)\s*:", r"\1 ", text), tuple(marks)


def _split(text: str) -> list[tuple[str, str]]:
    """Return pairs of a joint and the words after it."""
    kept = PAIRS.sub(r"\1_and_\2", text)
    pairs, joint, at = [], "", 0
    for hit in _JOINT.finditer(kept):
        if hit.start() == hit.end() == 0:
            continue
        pairs.append((joint, kept[at : hit.start()]))
        joint, at = hit.group().strip().lower(), hit.end()
    pairs.append((joint, kept[at:]))
    said: list[tuple[str, str]] = []
    before = ""
    for joint, part in pairs:
        words = " ".join(part.replace("_and_", " and ").split())
        if words:
            said.append((before or joint, words))
        before = "" if words or joint in (",", ";", ".") else joint
    return said


def _without_excluded(parts: list[Clause]) -> tuple[list[Clause], list[str]]:
    """Return the wanted and the excluded sounds; a place at the end of an excluded one belongs to the rest."""
    sounds: list[Clause] = []
    excluded: list[str] = []
    for part in parts:
        if not _EXCLUDED.match(part.words):
            sounds.append(part)
            continue
        excluded.append(part.bare)
        if part.is_placed and sounds and not sounds[-1].is_placed:
            sounds[-1] = _with_place(
                sounds[-1], replace(part, words=" ".join(hit.group() for hit in MARK.finditer(part.words)))
            )
    return sounds, excluded


def _attached(parts: list[Clause]) -> list[Clause]:
    """Return clauses with words: a place that stands alone belongs to the clause before it.

    If the prompt begins with a place, the place belongs to the clause after it.
    """
    begins = MARK.match(parts[0].words) is not None
    done: list[Clause] = []
    waiting: Clause | None = None
    for index, part in enumerate(parts):
        if done and _goes_on_from(done[-1], part):
            done[-1] = _going_on(done[-1], part)
        elif part.bare:
            done.append(_with_place(part, waiting) if waiting is not None and not part.is_placed else part)
            waiting = None
        elif (begins or part.joint in ("and", "while", "but")) and _follows(parts[index + 1 : index + 2]):
            waiting = part
        elif done:
            done[-1:] = _placed_again(done[-1], part)
        else:
            waiting = part
    if waiting is not None:
        done.append(waiting)
    return done


def _follows(after: Sequence[Clause]) -> bool:
    """Return whether a sound without a place follows, after a comma: "and, on the right, a dog"."""
    return bool(after) and bool(after[0].bare) and not after[0].is_placed and after[0].joint in (",", ";", ".")


def _goes_on_from(before: Clause, part: Clause) -> bool:
    """Return whether a clause moves the previous sound on: "comes from the right and drives away to the left"."""
    return before.is_placed and part.is_placed and part.words.split(" ")[0].lower() in _GOING_ON


def _going_on(before: Clause, part: Clause) -> Clause:
    starts = before.ways[-1].stops[-1:] if before.ways else tuple(before.places[-1:])
    goals = part.ways[0].stops if part.ways else tuple(place for place in part.places if place.is_direction)
    return _saying(before, f"{before.said} and {part.said}", Way(0, 0, (*starts, *goals)))


def _placed_again(before: Clause, part: Clause) -> list[Clause]:
    """Return a clause with one more place: a second place of one sound, unless both describe one place."""
    if before.is_placed and before.places and part.places:
        first, second = before.places[-1], part.places[0]
        if part.joint.endswith("then"):
            return [_saying(before, f"{before.said} then {part.said}", Way(0, 0, (first, second)))]
        if first.joined(second) is None:
            return [before, replace(part, words=f"{before.bare} {part.words}")]
    return [_with_place(before, part)]


def _saying(part: Clause, text: str, says: Way) -> Clause:
    """Return a clause with its places replaced by a movement."""
    marks = (*part.marks, Mark(text, says))
    return replace(part, words=f"{part.bare} ⟦{len(marks) - 1}⟧", marks=marks)


def _with_place(part: Clause, placed: Clause) -> Clause:
    return replace(part, words=f"{part.words} {placed.words}")


def _apart(parts: list[Clause]) -> list[Clause]:
    """Return clauses with consecutive ones without a place merged."""
    done: list[Clause] = []
    for part in parts:
        before = done[-1] if done else None
        if before and not part.is_placed and (not before.is_placed or _goes_on(before.bare, part.bare)):
            done[-1] = _joined([before, part])
        else:
            done.append(part)
    return done


def _goes_on(before: str, words: str) -> bool:
    """Return whether words continue the previous sound: "a dog barks on the left and growls"."""
    says_more = _GOES_ON.match(words) or (_ONE_VERB.match(words) and _ONE_THING.match(before))
    return says_more is not None


def _shared(parts: list[Clause]) -> list[Clause]:
    """Return clauses in which sounds that are only listed, "wind and rain on the left", share the place."""
    done: list[Clause] = []
    for part in parts:
        before = done[-1] if done else None
        if (
            before
            and not before.is_placed
            and part.is_placed
            and part.joint in ("and", "with", "&", "as well as", "plus")
        ):
            if _is_named(before.words) and _is_named(part.bare) and not MARK.match(part.words):
                done[-1] = _joined([before, part])
                continue
        done.append(part)
    return done


def _is_named(words: str) -> bool:
    """Return whether words name a thing, as "wind" and "a big dog" do, and do not say what it does."""
    said = words.lower().split()
    does = any(word in _VERBS or (word.endswith("ing") and index > 0) for index, word in enumerate(said))
    verb_at_the_end = len(said) > 2 and "of" not in said and re.search(r"[^s]s$", said[-1]) is not None
    return not does and not (verb_at_the_end and _ARTICLE.match(words))


def _joined(parts: list[Clause]) -> Clause:
    words = parts[0].words
    for part in parts[1:]:
        words += f"{part.joint} {part.words}" if part.joint in (",", ";", ".") else f" {part.joint} {part.words}"
    return replace(parts[0], words=words)
