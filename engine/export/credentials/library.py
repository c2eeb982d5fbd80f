"""The seam around c2pa-python, which is optional: claims are signed and read offline, never over the network.

Its own way to sign a WAV holds the whole file in memory, twice. So for WAV, and for claims beside a file, the hash is
computed here and the library signs it (`sign_hash`). Only films are signed by its own reader (`sign_film`).
"""

import ctypes
import hashlib
import importlib.util
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from engine.contract.errors import ExportError

MISSING: Final = "c2pa-python is not installed (pip install c2pa-python cryptography)"
ANY_FORMAT: Final = "application/c2pa"
_OFFLINE: Final = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_sign": False},
    "core": {"backing_store_memory_threshold_in_mb": 64},
    "builder": {"thumbnail": {"enabled": False}},
}
_CHUNK_BYTES: Final = 1 << 20


def has_library() -> bool:
    """Return whether claims can be signed and read."""
    return all(importlib.util.find_spec(name) is not None for name in ("c2pa", "cryptography"))


def need_library() -> None:
    """Raise ExportError if the library is missing."""
    if not has_library():
        raise ExportError(f"Content credentials need a library: {MISSING}.")


@contextmanager
def _failures() -> Iterator[None]:
    """Turn what the library raises into ValueError, with its words."""
    import c2pa

    try:
        yield
    except (c2pa.C2paError, AttributeError, RuntimeError, UnicodeError) as error:
        raise ValueError(str(error)[:300]) from error


def _context() -> Any:
    import c2pa

    return c2pa.Context.from_dict(_OFFLINE)


class HashSigner:
    """Signs one claim over a hash. The size of the result is known before. Raises ValueError if the library refuses."""

    def __init__(self, manifest: dict[str, Any], chain: bytes, key: bytes, algorithm: str) -> None:
        import c2pa

        with _failures():
            self._signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(algorithm.encode(), chain, key, None))
            self._builder = c2pa.Builder(manifest, context=_context())
            self._library = c2pa.c2pa._lib  # the wrapper has no way to sign a hash
            pointer = ctypes.POINTER(ctypes.POINTER(ctypes.c_ubyte))
            self._place = self._library.c2pa_builder_data_hashed_placeholder
            self._place.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, pointer]
            self._place.restype = ctypes.c_int64
            self._sign = self._library.c2pa_builder_sign_data_hashed_embeddable
            self._sign.argtypes = [*[ctypes.c_void_p] * 2, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p, pointer]
            self._sign.restype = ctypes.c_int64
            self.placeholder = self._taken(
                lambda out: self._place(self._builder._handle, self._signer.reserve_size(), ANY_FORMAT.encode(), out)
            )

    def signed(self, digest: bytes, exclusions: list[dict[str, int]]) -> bytes:
        """Return the claim over a SHA-256 of everything but the exclusions (start and length in bytes)."""
        name = "whole file" if not exclusions else "all but this claim"
        wanted = {"exclusions": exclusions, "name": name, "alg": "sha256", "hash": list(digest), "pad": []}
        with _failures():
            return self._taken(
                lambda out: self._sign(
                    self._builder._handle,
                    self._signer._handle,
                    json.dumps(wanted).encode(),
                    ANY_FORMAT.encode(),
                    None,
                    out,
                )
            )

    def close(self) -> None:
        """Free the library's memory."""
        self._builder.close()
        self._signer.close()

    def _taken(self, call: Any) -> bytes:
        found = ctypes.POINTER(ctypes.c_ubyte)()
        count = call(ctypes.byref(found))
        if count <= 0:
            raise RuntimeError(_last_error(self._library))
        try:
            return ctypes.string_at(found, count)
        finally:
            self._library.c2pa_free(found)


def _last_error(library: Any) -> str:
    pointer = library.c2pa_error()
    if not pointer:
        return "unknown fault"
    try:
        return ctypes.string_at(pointer).decode("utf-8", "replace")
    finally:
        library.c2pa_free(pointer)


def sign_film(
    source: BinaryIO, out: BinaryIO, mime: str, manifest: dict[str, Any], chain: bytes, key: bytes, algorithm: str
) -> None:
    """Copy an MP4 or MOV file with a claim in it. Raises ValueError if the library refuses, OSError."""
    import c2pa

    with (
        _failures(),
        c2pa.Signer.from_info(c2pa.C2paSignerInfo(algorithm.encode(), chain, key, None)) as signer,
        c2pa.Builder(manifest, context=_context()) as builder,
    ):
        builder.sign(signer, mime, source, out)


def read_claim(file: BinaryIO, mime: str, claim: bytes | None = None) -> dict[str, Any]:
    """Return the claim in a file, or the given one that lies beside it, judged; see the library for the keys.

    Raises ValueError if it is damaged.
    """
    import c2pa

    with _failures(), c2pa.Reader(mime, file, manifest_data=claim, context=_context()) as reader:
        found = json.loads(reader.json())
    if not isinstance(found, dict):
        raise ValueError("it is no claim")
    return found


def digest_of(path: Path, exclusions: list[dict[str, int]]) -> bytes:
    """Return the SHA-256 of a file without at most one range. Raises OSError."""
    digest = hashlib.sha256()
    skip = exclusions[0] if exclusions else {"start": path.stat().st_size, "length": 0}
    with open(path, "rb") as file:
        left = skip["start"]
        while left and (block := file.read(min(left, _CHUNK_BYTES))):
            digest.update(block)
            left -= len(block)
        file.seek(skip["start"] + skip["length"])
        while block := file.read(_CHUNK_BYTES):
            digest.update(block)
    return digest.digest()
