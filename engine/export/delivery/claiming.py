"""What the signed claim of an order says, and whether it holds in the written file."""

from collections.abc import Iterator
from pathlib import Path

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import MediaError
from engine.export.checking.notes import Check
from engine.export.credentials.claim import Claim, Recording
from engine.export.credentials.reading import claim_in
from engine.export.delivery.marking import Marking, description_of
from engine.export.delivery.order import Order
from engine.export.layouts import model_in, says_generated
from engine.media.container import MediaFile

_LICENCE_TAGS = ("license", "licence", "copyright")
_LONGEST = 200


def claim_of(order: Order, marking: Marking, gain_db: float) -> Claim:
    """Return the claim of an order that is delivered with a gain."""
    assert order.signing is not None
    description = description_of(order.take)
    is_generated = says_generated(description)
    recordings = list(order.signing.recordings)
    if not is_generated and not recordings:
        recordings.append(recording(order.take))
    if order.head_locked is not None and not says_generated(description_of(order.head_locked)):
        recordings.append(recording(order.head_locked))
    return Claim(
        title=order.out.name,
        is_generated=is_generated,
        model_sha256=model_in(description),
        has_pictures=order.is_film,
        is_marked=marking.is_marked or marking.has_mark,
        edits=tuple(_edits(order, gain_db)),
        prompts=order.signing.prompts if order.signing.tells_prompts else (),
        recordings=tuple(dict.fromkeys(recordings)),
    )


def recording(path: Path) -> Recording:
    """Return a recording by its file's name, with the licence or copyright that its tags state."""
    try:
        with MediaFile(path) as media:
            tags = {name.lower(): text for name, text in media.tags.items()}
    except MediaError:
        tags = {}
    licence = next((tags[name] for name in _LICENCE_TAGS if tags.get(name)), "")
    return Recording(path.name, licence[:_LONGEST])


def claim_check(staged: Path, beside: Path | None) -> Check:
    """Return whether the claim holds in a file that waits for its name. Raises OSError."""
    found = claim_in(staged, beside)
    return Check("C2PA", found is not None and found.holds, "none" if found is None else _plain(found.sentence, beside))


def _plain(sentence: str, beside: Path | None) -> str:
    """Return the sentence without the name of a file that has no name yet."""
    return sentence if beside is None else sentence.replace(f", in {beside.name}", "")


def _edits(order: Order, gain_db: float) -> Iterator[str]:
    if order.range_s is not None:
        yield f"cut from {order.range_s[0]:g} to {order.range_s[1]:g} s"
    if abs(gain_db) >= 0.005:
        yield f"gain {gain_db:+.2f} dB"
    if order.is_binaural:
        yield "rendered for headphones"
    if order.rate_hz != SAMPLE_RATE_HZ:
        yield f"converted to {order.rate_hz} Hz"
    if order.is_film and order.film is not None:
        yield f"put to the pictures of {order.film.path.name}"
