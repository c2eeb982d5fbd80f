"""Deliveries with a signed claim: what it says, where it is, and what is left of it when something fails."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("c2pa", reason="c2pa-python is not installed")
pytest.importorskip("cryptography", reason="cryptography is not installed")

from engine.contract.errors import ExportError
from engine.export.ambix_wav import AmbixWriter
from engine.export.checking.page import page_of
from engine.export.credentials.claim import Recording, Signing
from engine.export.credentials.reading import FoundClaim, claim_in
from engine.export.delivery.deliver import deliver
from engine.export.delivery.order import Order
from engine.export.film.film_writer import FilmPart
from engine.export.film.sphere_boxes import Sphere
from engine.export.reading.ambix_reader import read_ambix
from tests.engine.export.delivery.takes import film, take

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _data_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The self-made certificate of these tests is not the user's."""
    monkeypatch.setattr(
        "engine.export.credentials.identity.user_data_folder", lambda: tmp_path_factory.getbasetemp() / "user-data"
    )


@pytest.fixture
def order(tmp_path: Path) -> Order:
    return Order(take(tmp_path / "take.wav", 2.0)[0], tmp_path / "out.wav", "wav", signing=Signing())


@pytest.mark.parametrize(
    ("kind", "name", "beside"),
    [
        ("wav", "a.wav", False),
        ("adm", "a.wav", False),
        ("amb", "a.amb", False),
        ("mov", "a.mov", False),
        ("mp4", "a.mp4", False),
        ("caf", "a.caf", True),
        ("binaural", "a.flac", True),
    ],
)
def test_every_kind_of_file_is_signed_and_checked(
    tmp_path: Path, order: Order, kind: str, name: str, beside: bool
) -> None:
    part = FilmPart(film(tmp_path / "film.mp4"), Sphere())
    done = deliver(replace(order, out=tmp_path / name, kind=kind, film=part, film_s=1.2))  # type: ignore[arg-type]
    checks = {check.name: check for check in done.checks}
    assert checks["C2PA"].passed
    assert checks["C2PA"].found.removeprefix("beside the file: ").startswith("valid, signed by")
    assert (tmp_path / f"{name}.c2pa").is_file() == beside
    assert any(f"{name}.c2pa" in notice for notice in done.notices) == beside
    page = dict(page_of(tmp_path / name))
    assert "valid, signed by Self-made certificate" in page["C2PA"]
    assert "watermarked" in page["C2PA, actions"]
    assert page["watermark"].startswith("found")
    assert "C2PA, prompts" not in page


def test_edits_prompts_and_recordings_are_told(tmp_path: Path, order: Order) -> None:
    soundfile.write(tmp_path / "music.wav", 0.1 * np.ones((24_000, 2)), 48_000)
    signing = Signing(prompts=("rain",), recordings=(Recording("bird.wav", "CC BY 4.0"),), tells_prompts=True)
    wanted = replace(order, range_s=(0.5, 1.5), gain_db=-3.0, rate_hz=44_100, head_locked=tmp_path / "music.wav")
    deliver(replace(wanted, signing=signing))
    page = dict(page_of(order.out))
    assert "cut from 0.5 to 1.5 s" in page["C2PA, actions"]
    assert "gain -3.00 dB" in page["C2PA, actions"]
    assert "converted to 44100 Hz" in page["C2PA, actions"]
    assert page["C2PA, prompts"] == "rain"
    assert page["C2PA, recordings"] == "bird.wav (licence: CC BY 4.0); music.wav (licence: not stated)"
    deliver(replace(wanted, signing=replace(signing, tells_prompts=False)))
    assert "C2PA, prompts" not in dict(page_of(order.out))


def test_the_licence_of_a_recording_comes_from_its_tags(tmp_path: Path, order: Order) -> None:
    field, _ = read_ambix(order.take)
    with soundfile.SoundFile(tmp_path / "bird.flac", "w", 48_000, 4, format="FLAC") as file:
        file.copyright = "CC0 1.0"
        file.write(field.T)
    deliver(replace(order, take=tmp_path / "bird.flac", convention="ambix"))
    page = dict(page_of(order.out))
    assert page["C2PA, recordings"] == "bird.flac (licence: CC0 1.0)"
    assert page["C2PA, actions"].startswith("created: humanEdits")


def test_the_model_is_in_the_claim(tmp_path: Path, order: Order) -> None:
    field, _ = read_ambix(order.take)
    with AmbixWriter(tmp_path / "named.wav", model_sha256="ab" * 32) as writer:
        writer.write(field)
    deliver(replace(order, take=tmp_path / "named.wav"))
    assert f"by a generative model, model sha256 {'ab' * 32}" in dict(page_of(order.out))["C2PA, actions"]


def test_without_the_wish_nothing_is_signed(order: Order) -> None:
    deliver(replace(order, signing=None))
    assert claim_in(order.out) is None
    assert dict(page_of(order.out))["C2PA"] == "none"


def test_a_claim_that_does_not_hold_rejects_the_file(
    tmp_path: Path, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "engine.export.delivery.claiming.claim_in", lambda path, beside: FoundClaim(False, "INVALID: a test")
    )
    with pytest.raises(ExportError, match="C2PA: INVALID: a test"):
        deliver(replace(order, out=tmp_path / "a.caf", kind="caf"))
    assert not (tmp_path / "a.caf").exists()
    assert not (tmp_path / "a.caf.c2pa").exists()
    assert (tmp_path / "a.caf.rejected").exists()


def test_a_sidecar_under_the_name_that_other_programs_use(tmp_path: Path, order: Order) -> None:
    deliver(replace(order, out=tmp_path / "a.caf", kind="caf"))
    (tmp_path / "a.caf.c2pa").rename(tmp_path / "a.c2pa")
    assert dict(page_of(tmp_path / "a.caf"))["C2PA"].startswith("beside the file, in a.c2pa: valid")
