"""Signed claims hold, say what they are meant to say, and stop holding with the first changed byte."""

import json
import os
import random
import shutil
import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("c2pa", reason="c2pa-python is not installed")
pytest.importorskip("cryptography", reason="cryptography is not installed")

from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric import ec

from engine.contract.errors import ExportError, InvalidInputError
from engine.export.credentials import library
from engine.export.credentials.claim import Claim, Recording
from engine.export.credentials.identity import Identity, own_identity, self_made_identity
from engine.export.credentials.reading import claim_in
from engine.export.credentials.signing import sidecar_of, sign
from engine.files.staging import Staging
from tests.engine.export.delivery.takes import film, take

pytestmark = pytest.mark.slow

CLAIM = Claim(
    "a.wav",
    is_generated=True,
    model_sha256="0123456789abcdef" * 4,
    is_marked=True,
    edits=("gain -3 dB",),
    prompts=("rain on a roof",),
    recordings=(Recording("door.wav", "CC0 1.0"), Recording("bell.wav")),
)


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return self_made_identity(tmp_path_factory.mktemp("identity"))


def made(folder: Path, name: str) -> Path:
    """Make an unsigned file in the form that its name says."""
    path = folder / name
    if path.suffix in (".mp4", ".mov"):
        film(folder / "film.mp4").rename(path)
        return path
    take(folder / "take.wav", 0.5)
    if path.suffix == ".wav" and "rf64" not in name:
        shutil.copy(folder / "take.wav", path)
        return path
    sound, rate = soundfile.read(folder / "take.wav")
    soundfile.write(path, sound, rate, format="RF64" if "rf64" in name else path.suffix[1:].upper())
    return path


def signed(path: Path, identity: Identity, claim: Claim = CLAIM) -> Path | None:
    """Sign a file in its place; return the claim beside it."""
    with Staging() as staging:
        staged = staging.add_file(path)
        shutil.copy(path, staged)
        beside = sign(staged, path, claim, identity, staging)
        staging.commit()
    return None if beside is None else sidecar_of(path)


@pytest.mark.parametrize(
    ("name", "is_inside"),
    [("a.wav", True), ("a.mp4", True), ("a-rf64.wav", False), ("a.flac", False), ("a.caf", False)],
)
def test_a_claim_holds_until_a_byte_changes(tmp_path: Path, identity: Identity, name: str, is_inside: bool) -> None:
    path = made(tmp_path, name)
    assert claim_in(path) is None
    before = path.read_bytes()
    beside = signed(path, identity)
    assert (beside is None) == is_inside
    if beside is not None:
        assert path.read_bytes() == before
    found = claim_in(path)
    assert found is not None
    assert found.holds
    assert "valid, signed by Self-made certificate" in found.sentence
    assert "no authority vouches" in found.sentence
    content = dict(found.content)
    assert "generative" in content["C2PA, actions"] or "Trained" in content["C2PA, actions"]
    assert CLAIM.model_sha256 in content["C2PA, actions"]
    assert "edited: gain -3 dB; watermarked" in content["C2PA, actions"]
    assert content["C2PA, prompts"] == "rain on a roof"
    assert content["C2PA, recordings"] == "door.wav (licence: CC0 1.0); bell.wav (licence: not stated)"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    changed = claim_in(path)
    assert changed is not None
    assert not changed.holds
    assert "INVALID" in changed.sentence or "damaged" in changed.sentence


def test_the_sound_of_a_signed_wav_is_the_same(tmp_path: Path, identity: Identity) -> None:
    path = made(tmp_path, "a.wav")
    before, _ = soundfile.read(path)
    size = path.stat().st_size
    signed(path, identity)
    after, _ = soundfile.read(path)
    np.testing.assert_array_equal(before, after)
    assert path.stat().st_size > size
    assert int.from_bytes(path.read_bytes()[4:8], "little") == path.stat().st_size - 8


def test_the_library_itself_accepts_the_chunk_of_a_wav(tmp_path: Path, identity: Identity) -> None:
    """It checks that what is left out of the hash is exactly the claim."""
    import c2pa

    for title in ("a", "ab"):  # one of the two has a claim of an odd length
        path = made(tmp_path, f"{title}.wav")
        signed(path, identity, replace(CLAIM, title=title))
        with open(path, "rb") as file, c2pa.Reader("audio/wav", file) as reader:
            assert reader.get_validation_state() == "Valid"
            assert json.loads(reader.json())["validation_results"]["activeManifest"]["success"]


def test_prompts_and_recordings_are_told_only_if_given(tmp_path: Path, identity: Identity) -> None:
    path = made(tmp_path, "a.wav")
    signed(path, identity, Claim("a.wav", is_generated=True))
    assert b"rain on" not in path.read_bytes()[-8_000:]
    found = claim_in(path)
    assert found is not None
    assert set(dict(found.content)) == {"C2PA, by", "C2PA, actions"}
    assert dict(found.content)["C2PA, actions"] == "created: by a generative model"


def test_a_recording_is_not_called_generated(tmp_path: Path, identity: Identity) -> None:
    path = made(tmp_path, "a.wav")
    signed(path, identity, Claim("a.wav", is_generated=False, model_sha256="ff", prompts=("x",)))
    found = claim_in(path)
    assert found is not None
    assert dict(found.content)["C2PA, actions"] == "created: humanEdits"


def test_the_self_made_identity_is_made_once_and_is_private(tmp_path: Path) -> None:
    first = self_made_identity(tmp_path / "data")
    (file,) = (tmp_path / "data").iterdir()
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert self_made_identity(tmp_path / "data") == first
    assert "PRIVATE" not in repr(first)
    file.write_text("damaged")
    with pytest.raises(ExportError, match="Delete it, and the next export makes a new one"):
        self_made_identity(tmp_path / "data")


def test_a_certificate_of_the_user(tmp_path: Path, identity: Identity) -> None:
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(identity.chain)
    key.write_bytes(identity.key)
    assert own_identity(chain, key) == identity
    assert identity.algorithm == "es256"
    other = ec.generate_private_key(ec.SECP256R1())
    locked = forms.BestAvailableEncryption(b"x")
    for content, says in (
        (other.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption()), "is not the key of"),
        (other.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, locked), "is locked with a password"),
        (b"nothing", "has no private key"),
        (b"x" * 70_000, "is too long"),
    ):
        key.write_bytes(content)
        with pytest.raises(InvalidInputError, match=says):
            own_identity(chain, key)
    key.write_bytes(identity.key)
    chain.write_bytes(b"nothing")
    with pytest.raises(InvalidInputError, match="has no certificate"):
        own_identity(chain, key)
    with pytest.raises(InvalidInputError, match="cannot be read"):
        own_identity(tmp_path / "gone.pem", key)


def test_a_certificate_that_signs_itself_is_refused_in_one_sentence(tmp_path: Path, identity: Identity) -> None:
    root = identity.chain[identity.chain.index(b"-----BEGIN", 10) :]
    path = made(tmp_path, "a.wav")
    before = path.read_bytes()
    with pytest.raises(ExportError, match=r"a\.wav cannot be signed: C2PA refuses"):
        signed(path, replace(identity, chain=root))
    assert path.read_bytes() == before


def test_without_the_library_the_claim_is_mentioned(
    tmp_path: Path, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path, "a.wav")
    signed(path, identity)
    monkeypatch.setattr("engine.export.credentials.reading.has_library", lambda: False)
    monkeypatch.setattr(library, "has_library", lambda: False)
    found = claim_in(path)
    assert found is not None
    assert not found.holds
    assert "c2pa-python is not installed" in found.sentence
    with pytest.raises(ExportError, match="pip install c2pa-python"):
        self_made_identity(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no claim", b"\0" * 5_000, b"x" * ((16 << 20) + 1)])
def test_a_sidecar_that_is_no_claim_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = made(tmp_path, "a.flac")
    sidecar_of(path).write_bytes(content)
    found = claim_in(path)
    assert found is not None
    assert not found.holds
    assert found.sentence.startswith("beside the file, in a.flac.c2pa: ")
    assert "\n" not in found.sentence


@pytest.mark.parametrize("name", ["a.wav", "a.mp4", "a.flac"])
def test_damaged_claims_say_nothing_else_and_never_fail(tmp_path: Path, identity: Identity, name: str) -> None:
    path = made(tmp_path, name)
    beside = signed(path, identity)
    target = beside or path
    good, said = target.read_bytes(), claim_in(path)
    begin = good.index(b"jumb") if beside is None else 0
    end = min(len(good), begin + 4_000)
    draw = random.Random(3)
    refused = 0
    for _ in range(25):
        data = bytearray(good)
        for _ in range(draw.choice((1, 4, 40))):
            data[draw.randrange(begin, end)] = draw.randrange(256)
        if draw.random() < 0.2:
            del data[draw.randrange(begin, end) :]
        target.write_bytes(data)
        found = claim_in(path)
        if found is not None and found.holds:
            assert found == said  # what is not signed is padding and flags
        elif found is not None:
            refused += 1
            assert "\n" not in found.sentence
    assert refused > 5


def test_a_foreign_claim_is_shown_without_control_characters(tmp_path: Path, identity: Identity) -> None:
    path = made(tmp_path, "a.wav")
    signed(path, identity, replace(CLAIM, edits=("\x1b[31mred\n" + "x" * 500,)))
    found = claim_in(path)
    assert found is not None
    told = dict(found.content)["C2PA, actions"]
    assert "\x1b" not in told
    assert "\n" not in told
    assert len(told) < 500
