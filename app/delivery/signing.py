"""The signed claim that the options of `export` ask for, and what a scene adds to it."""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from engine.contract.errors import InvalidInputError
from engine.contract.scene.blocks import Block, FileReference, GeneratedBlock
from engine.contract.scene.lane import Lane
from engine.contract.scene.scene import Scene
from engine.export.credentials.claim import Signing
from engine.export.delivery.claiming import recording


def asked_signing(arguments: argparse.Namespace) -> Signing | None:
    """Return what the options ask for; None if nothing. Raises InvalidInputError for half a certificate."""
    certificate, key = arguments.certificate, arguments.key
    if (certificate is None) != (key is None):
        raise InvalidInputError("A certificate needs its key: give both --certificate and --key.")
    if not (arguments.credentials or certificate is not None):
        if arguments.tell_prompts:
            raise InvalidInputError("--tell-prompts puts the words into a signed claim: add --credentials.")
        return None
    return Signing(certificate, key, tells_prompts=arguments.tell_prompts)


def signing_files(arguments: argparse.Namespace) -> dict[str, Path | None]:
    """Return what the options have signing read, by what it is."""
    return read_by(Signing(arguments.certificate, arguments.key))


def read_by(signing: Signing | None) -> dict[str, Path | None]:
    """Return what signing reads, by what it is."""
    return {} if signing is None else {"certificate": signing.certificate, "key of the certificate": signing.key}


def scene_signing(scene: Scene, lane_id: int | None, signing: Signing) -> Signing:
    """Return the wish with the words and the recordings of a lane, or of all that are heard."""
    lanes = scene.heard_lanes if lane_id is None else (scene.lane(lane_id),)
    recordings = [recording(Path(file.path)) for lane in lanes for block in lane.blocks if (file := _recorded(block))]
    return replace(signing, prompts=tuple(dict.fromkeys(_words(lanes))), recordings=tuple(dict.fromkeys(recordings)))


def _recorded(block: Block) -> FileReference | None:
    """Return the recording that a block plays, or that its sound continues."""
    if isinstance(block, GeneratedBlock):
        take = None if block.current is None else block.take(block.current)
        return (block.recipe if take is None else take.recipe).continued
    return None if block.is_generated else block.file


def _words(lanes: tuple[Lane, ...]) -> Iterator[str]:
    for lane in lanes:
        for block in lane.blocks:
            if isinstance(block, GeneratedBlock):
                take = None if block.current is None else block.take(block.current)
                recipe = block.recipe if take is None else take.recipe
                yield from (cue.words for cue in recipe.cues if cue.words)
            elif block.is_generated:
                yield block.title
