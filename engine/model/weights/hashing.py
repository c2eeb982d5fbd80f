"""Hashes of weights files, by which files that belong together name each other."""

import hashlib
from pathlib import Path
from typing import Final

_BLOCK_BYTES: Final = 2**20


def file_sha256(path: Path) -> str:
    """Return the hash of a file, by which files that belong to a generator name it."""
    digest = hashlib.sha256()
    hash_file(path, digest)
    return digest.hexdigest()


def hash_file(path: Path, *digests: "hashlib._Hash") -> None:
    """Add the bytes of a file to hashes; the file is read once."""
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            for digest in digests:
                digest.update(block)
