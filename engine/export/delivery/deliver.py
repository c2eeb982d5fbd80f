"""Writes an order, reads the file again, and gives it its name only if everything in it is right."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.ambisonics.bs1770 import Loudness
from engine.contract.errors import ExportError
from engine.export.checking.checks import checked
from engine.export.checking.notes import Check
from engine.export.credentials.signing import identity_of, sidecar_of, sign
from engine.export.delivery.claiming import claim_check, claim_of
from engine.export.delivery.marking import description_of, marking_of
from engine.export.delivery.measuring import gain_of, measured
from engine.export.delivery.order import LONGEST_NAME_BYTES, REJECTED, Order
from engine.export.delivery.sound import DeliveredSound
from engine.export.delivery.steps import Cancelled, Progress, Steps, never, no_progress
from engine.export.film.film_writer import FilmTrack, write_film
from engine.export.layouts import binaural_layout, field_layout, film_description, model_in, says_generated
from engine.export.reading.source import Block
from engine.export.rendered_file import new_file
from engine.files.staging import Staging, refused


@dataclass(frozen=True)
class Delivery:
    """What was delivered: the file, its length, the loudness of W and of the binaural sum in it, and the checks.

    `channels` is the loudness of what the file holds, with the true peak of all of its channels.
    """

    out: Path
    frames: int
    rate_hz: int
    gain_db: float
    w: Loudness
    ears: Loudness
    channels: Loudness
    checks: tuple[Check, ...]
    notices: tuple[str, ...]


def deliver(order: Order, progress: Progress = no_progress, cancelled: Cancelled = never) -> Delivery:
    """Write an order whole, checked, or not at all; an older file of that name survives every failure.

    A file that fails its checks is kept under its name with `.rejected` behind it. Raises ExportError, MediaError,
    CancelledError.
    """
    identity = None if order.signing is None else identity_of(order.signing)
    marking = marking_of(order)
    sound = DeliveredSound(order, is_marked=marking.is_marked)
    steps = Steps(sound.estimated_frames, progress, cancelled)
    found = measured(order, sound, steps)
    if not found.frames:
        raise ExportError(f"{order.take.name} has no sound in what is exported: choose another range.")
    gain = gain_of(order, found)
    with Staging() as staging:
        staged = _written(order, sound, gain.db, staging, steps)
        beside = None
        if identity is not None:
            beside = sign(staged, order.out, claim_of(order, marking, gain.db), identity, staging)
        checks = checked(staged, order, sound, found, gain.db, steps, marking)
        if identity is not None:
            checks = (*checks, claim_check(staged, beside))
        named_if_right(staged, order.out, checks, staging)
    progress(1.0)
    return Delivery(
        out=order.out,
        frames=found.frames,
        rate_hz=order.rate_hz,
        gain_db=gain.db,
        w=found.w.raised(gain.db),
        ears=found.ears.raised(gain.db),
        channels=found.channels.raised(gain.db),
        checks=checks,
        notices=(*sound.notices, *gain.notices, *filter(None, [order.about_early_start]), *_about_claim(order, beside)),
    )


def _written(order: Order, sound: DeliveredSound, gain_db: float, staging: Staging, steps: Steps) -> Path:
    blocks = _counted(sound.blocks(), steps.advance)
    description = description_of(order.take)
    is_generated, model_sha256 = says_generated(description), model_in(description)
    is_dithered = order.written_as in ("pcm16", "pcm24")
    if order.is_film:
        assert order.film is not None
        staged = staging.add_file(order.out)
        gain = np.float32(10.0 ** (gain_db / 20.0))
        note = film_description(order.channels, is_generated, model_sha256)
        track = FilmTrack(order.channels, order.written_as, order.rate_hz, dither=is_dithered, description=note)
        write_film(staged, order.film, track, ((block * gain).astype(np.float32) for block in blocks))
        return staged
    if order.is_binaural:
        layout = binaural_layout(
            order.subtype,
            rate_hz=order.rate_hz,
            time_reference_samples=order.time_reference_samples,
            dither=is_dithered,
            is_generated=is_generated,
            model_sha256=model_sha256,
        )
    else:
        layout = field_layout(
            order.subtype,
            rate_hz=order.rate_hz,
            time_reference_samples=order.time_reference_samples,
            is_fuma=order.is_fuma,
            head_locked=order.head_locked is not None,
            dither=is_dithered,
            adm_name=order.out.stem if order.kind == "adm" else "",
            is_generated=is_generated,
            model_sha256=model_sha256,
        )
    with new_file(order.out, "binaural" if order.is_binaural else "field", layout, gain_db, staging) as writer:
        for block in blocks:
            writer.write(block)
    return writer.staged


def _about_claim(order: Order, beside: Path | None) -> Iterator[str]:
    if beside is not None:
        yield f"The signed claim is in {sidecar_of(order.out).name}: keep it beside {order.out.name}."


def _counted(blocks: Iterator[Block], advance: Callable[[int], None]) -> Iterator[Block]:
    for block in blocks:
        advance(block.shape[1])
        yield block


def named_if_right(staged: Path, out: Path, checks: tuple[Check, ...], staging: Staging) -> None:
    """Give a staged file its name if it passed its checks. Raises ExportError if not; see `deliver`."""
    if any(not check.passed for check in checks):
        raise _rejected(staged, out, checks)
    staging.commit()


def rejected_name(out: Path) -> Path:
    """Return the name under which a file is kept that did not pass its checks; a long name is shortened."""
    name = out.name
    while len(os.fsencode(f"{name}{REJECTED}")) > LONGEST_NAME_BYTES:
        name = name[:-1]
    return out.with_name(f"{name}{REJECTED}")


def _rejected(staged: Path, out: Path, checks: tuple[Check, ...]) -> ExportError:
    """Keep the file under a name that no program takes for a good one, and return the error that says so."""
    why = "; ".join(f"{check.name}: {check.found}" for check in checks if not check.passed)
    place = rejected_name(out)
    with Staging() as aside:
        try:
            os.replace(staged, aside.add_file(place))
        except OSError as error:
            raise refused(place, error) from error
        aside.commit()
    return ExportError(
        f"{out.name} did not pass its checks ({why}). It is kept as {place.name}; no file named {out.name} was changed."
    )
