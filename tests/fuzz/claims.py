"""Signed claims (C2PA), inside files and beside them."""

import shutil
from pathlib import Path

from engine.export.credentials.library import has_library
from tests.fuzz.mutations import mutated_bytes
from tests.fuzz.target import Target, noise


def _claims(folder: Path) -> list[Path]:
    from engine.export.ambix_wav import AmbixWriter
    from engine.export.credentials.claim import Claim, Recording
    from engine.export.credentials.identity import self_made_identity
    from engine.export.credentials.signing import sidecar_of, sign
    from engine.files.staging import Staging
    from tests.engine.video.made_films import STEADY, write_film

    identity = self_made_identity(folder / "identity")
    claim = Claim("take", True, "ab" * 32, prompts=("rain",), recordings=(Recording("door", "CC0"),))
    made = []
    for name in ("take.wav", "take.flac", "film.mp4"):
        place = folder / name.replace(".", "-") / name
        place.parent.mkdir(parents=True)
        if name == "film.mp4":
            write_film(place, STEADY[:3])
        else:
            with AmbixWriter(place) as writer:
                writer.write(noise(4, 240))
        with Staging() as staging:
            staged = staging.add_file(place)
            shutil.copy(place, staged)
            sign(staged, place, claim, identity, staging)
            staging.commit()
        made.append(sidecar_of(place) if sidecar_of(place).exists() else place)
    return made


def _read_claim(path: Path) -> None:
    from engine.export.credentials.reading import claim_in

    claim_in(path.with_suffix("") if path.suffix == ".c2pa" else path)


CLAIMS = (Target("signed claims", mutated_bytes, _claims, _read_claim),) if has_library() else ()
