"""Puts a signed claim (C2PA) into a finished file, or beside it.

WAV and AMB below 4 GiB get a chunk, films of at most a gigabyte a box. All others get a file with the same name and
the further suffix .c2pa: RF64, FLAC and CAF, and larger films, which the library would copy through memory.
"""

import os
import struct
from pathlib import Path
from typing import BinaryIO, Final

from engine.contract.errors import ExportError
from engine.export.credentials.claim import Claim, Signing
from engine.export.credentials.identity import Identity, own_identity, self_made_identity
from engine.export.credentials.library import HashSigner, digest_of, sign_film
from engine.files.staging import Staging

CHUNK: Final = b"C2PA"
SIDECAR_SUFFIX: Final = ".c2pa"
FILM_TYPES: Final = {".mp4": "video/mp4", ".mov": "video/quicktime"}
_WAVE_SUFFIXES: Final = (".wav", ".bwf", ".amb")
_LARGEST_FILM_BYTES: Final = 1 << 30
_LARGEST_RIFF_BYTES: Final = 0xFFFFFFFF - 1


def identity_of(wish: Signing) -> Identity:
    """Return what to sign with. Raises InvalidInputError, ExportError."""
    if wish.certificate is None or wish.key is None:
        return self_made_identity()
    return own_identity(wish.certificate, wish.key)


def sidecar_of(path: Path) -> Path:
    """Return the place of a claim beside a file: no two files share one, as the whole name stays."""
    return path.with_name(path.name + SIDECAR_SUFFIX)


def sign(staged: Path, out: Path, claim: Claim, identity: Identity, staging: Staging) -> Path | None:
    """Sign a file that waits at `staged` to be named `out`; return the claim beside it, which waits too, if any.

    Raises ExportError if the certificate is refused.
    """
    suffix = out.suffix.lower()
    try:
        if suffix in FILM_TYPES and staged.stat().st_size <= _LARGEST_FILM_BYTES:
            _into_film(staged, FILM_TYPES[suffix], claim, identity)
            return None
        signer = HashSigner(claim.manifest(), identity.chain, identity.key, identity.algorithm)
        try:
            if suffix in _WAVE_SUFFIXES and _into_wave(staged, signer):
                return None
            beside = staging.add_file(sidecar_of(out))
            beside.write_bytes(signer.signed(digest_of(staged, []), []))
            return beside
        finally:
            signer.close()
    except ValueError as error:
        raise ExportError(
            f"{out.name} cannot be signed: C2PA refuses the certificate or the file ({error})."
        ) from error


def _into_film(staged: Path, mime: str, claim: Claim, identity: Identity) -> None:
    signed = staged.with_name(f"signed{staged.suffix}")
    with open(staged, "rb") as source, open(signed, "x+b") as out:
        sign_film(source, out, mime, claim.manifest(), identity.chain, identity.key, identity.algorithm)
    os.replace(signed, staged)


def _into_wave(staged: Path, signer: HashSigner) -> bool:
    """Append a chunk with the claim; return False if the file is RF64 or would become too long."""
    size = len(signer.placeholder)
    with open(staged, "r+b") as file:
        begin = file.seek(0, os.SEEK_END)
        length = 8 + size + size % 2
        file.seek(0)
        if file.read(4) != b"RIFF" or begin % 2 or begin + length - 8 > _LARGEST_RIFF_BYTES:
            return False
        file.write(struct.pack("<I", begin + length - 8))
        file.seek(begin)
        _write_chunk(file, bytes(size))
        file.flush()
        exclusions = [{"start": begin, "length": 8 + size}]  # as the library has it: the byte of padding is hashed
        claim = signer.signed(digest_of(staged, exclusions), exclusions)
        if len(claim) != size:
            raise ValueError("the claim has another size than announced")
        file.seek(begin)
        _write_chunk(file, claim)
    return True


def _write_chunk(file: BinaryIO, content: bytes) -> None:
    file.write(struct.pack("<4sI", CHUNK, len(content)) + content + b"\0" * (len(content) % 2))
