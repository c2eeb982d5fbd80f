"""How a take of a block lies on disk: one file of a head and of records of equal size, one per patch of 160 ms.

    head    4096 bytes: b"SWANTAKE", the length of the JSON as 4 bytes little-endian, the JSON (TakeHead), zeros
    record  key of the patch (32), digest of the rest (16), flow and energy of four pieces of 40 ms (4 x 4 float64:
            x, y, z, energy), latents (P x D float32), AmbiX W, Y, Z, X (4 x 7680 float32); all little-endian

A record is there or not: what a killed process left of one is cut off. The sound is that before turning and gain.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.turning.field_track import PIECE_SAMPLES, FieldTrack
from engine.contract.conventions import FOA_CHANNELS, PATCH_SAMPLES
from engine.contract.errors import MediaError
from engine.rendering.blocks.keys import KEY_BYTES

SUFFIX: Final = ".swantake"
HEAD_BYTES: Final = 4096
PIECES: Final = PATCH_SAMPLES // PIECE_SAMPLES
_MAGIC: Final = b"SWANTAKE"
_SCHEMA: Final = 1
_DIGEST_BYTES: Final = 16
_MOST_LATENTS: Final = 64
_MOST_CODES: Final = 16_384
_LONGEST_TEXT: Final = 400
_TRACK_BYTES: Final = PIECES * 4 * 8
_SOUND_BYTES: Final = FOA_CHANNELS * PATCH_SAMPLES * 4


@dataclass(frozen=True)
class TakeHead:
    """What made a take. `latents` and `codes` are the sizes P and D of a patch; `words` are for people."""

    model: str
    runtime: str
    film: str
    seed: int
    latents: int
    codes: int
    words: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for what no take has: files state it, and it decides what is read."""
        sizes = ((self.latents, _MOST_LATENTS), (self.codes, _MOST_CODES), (self.seed + 1, 2**63))
        if not all(type(value) is int and 1 <= value <= most for value, most in sizes):
            raise ValueError("sizes of a take")
        texts = (self.model, self.runtime, self.film, self.words)
        if not all(isinstance(text, str) and len(text) <= _LONGEST_TEXT for text in texts):
            raise ValueError("texts of a take")

    @property
    def latent_bytes(self) -> int:
        """Bytes of a patch's latents."""
        return 4 * self.latents * self.codes

    @property
    def record_bytes(self) -> int:
        """Bytes of a patch's record."""
        return KEY_BYTES + _DIGEST_BYTES + _TRACK_BYTES + self.latent_bytes + _SOUND_BYTES

    def position(self, patch: int) -> int:
        """Return where the record of a patch begins."""
        return HEAD_BYTES + patch * self.record_bytes


@dataclass(frozen=True, eq=False)
class TakePatch:
    """One patch of a take: its key, AmbiX (4, 7680) float32, latents (P, D) float32 and the track of four pieces."""

    key: bytes
    samples: NDArray[np.float32]
    latents: NDArray[np.float32]
    track: FieldTrack


def packed_head(head: TakeHead) -> bytes:
    """Return the bytes of a head. Raises ValueError if it is too long."""
    text = json.dumps({"schema": _SCHEMA, **asdict(head)}, ensure_ascii=False).encode()
    if len(_MAGIC) + 4 + len(text) > HEAD_BYTES:
        raise ValueError("A take's head is too long.")
    return (_MAGIC + len(text).to_bytes(4, "little") + text).ljust(HEAD_BYTES, b"\0")


def read_head(data: bytes, name: str) -> TakeHead:
    """Return the head in the first bytes of a file; `name` is the file's, for errors. Raises MediaError."""
    if data[: len(_MAGIC)] != _MAGIC or len(data) < HEAD_BYTES:
        raise MediaError(f"{name} is not a take of SwanSphere, or only its beginning is left.")
    length = int.from_bytes(data[len(_MAGIC) : len(_MAGIC) + 4], "little")
    try:
        values = json.loads(data[len(_MAGIC) + 4 :][:length])
        schema = values.pop("schema")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise MediaError(f"The take {name} is damaged: its head cannot be read.") from error
    if schema != _SCHEMA:
        raise MediaError(f"The take {name} was written by another version of SwanSphere: update it.")
    try:
        return TakeHead(**values)
    except (ValueError, TypeError) as error:
        raise MediaError(f"The take {name} is damaged: its head states what no take has.") from error


def packed_patch(patch: TakePatch) -> bytes:
    """Return the record of a patch."""
    track = np.concatenate([patch.track.flows, patch.track.energies[:, None]], axis=1)
    body = b"".join(
        (track.astype("<f8").tobytes(), patch.latents.astype("<f4").tobytes(), patch.samples.astype("<f4").tobytes())
    )
    return patch.key + _digest(patch.key, body) + body


def read_patch(record: bytes, head: TakeHead, name: str) -> TakePatch:
    """Return the patch of a record. Raises MediaError if its bytes have changed."""
    key, digest, body = (
        record[:KEY_BYTES],
        record[KEY_BYTES : KEY_BYTES + _DIGEST_BYTES],
        record[KEY_BYTES + _DIGEST_BYTES :],
    )
    if len(record) != head.record_bytes or _digest(key, body) != digest:
        raise MediaError(f"The take {name} is damaged: a part of its sound has changed. Make the block's sound again.")
    values = np.frombuffer(body, "<f8", PIECES * 4).reshape(PIECES, 4)
    latents = np.frombuffer(body, "<f4", head.latents * head.codes, _TRACK_BYTES)
    samples = np.frombuffer(body, "<f4", FOA_CHANNELS * PATCH_SAMPLES, _TRACK_BYTES + head.latent_bytes)
    track = FieldTrack(values[:, :3].copy(), values[:, 3].copy())
    return TakePatch(key, samples.reshape(FOA_CHANNELS, -1), latents.reshape(head.latents, head.codes), track)


def _digest(key: bytes, body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_DIGEST_BYTES, key=key).digest()
