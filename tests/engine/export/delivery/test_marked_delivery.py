"""Generated sound is delivered with the watermark unless the user declined it; recordings never have it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.contract.errors import ExportError
from engine.export.ambix_wav import AmbixWriter
from engine.export.checking.page import page_of
from engine.export.delivery.deliver import deliver
from engine.export.delivery.marking import description_of
from engine.export.delivery.order import Order
from engine.export.delivery.sound import DeliveredSound
from engine.export.film.film_writer import FilmPart
from engine.export.film.sphere_boxes import Sphere
from engine.export.layouts import model_in, says_generated
from engine.export.reading.ambix_reader import read_ambix
from tests.engine.export.delivery.takes import film, take

pytestmark = pytest.mark.slow


@pytest.fixture
def order(tmp_path: Path) -> Order:
    return Order(take(tmp_path / "take.wav", 3.0)[0], tmp_path / "out.wav", "wav")


def watermark(order: Order) -> str:
    return {check.name: check.found for check in deliver(order).checks}["watermark"]


@pytest.mark.parametrize(
    ("kind", "name", "rate_hz"),
    [
        ("wav", "a.wav", 44_100),
        ("amb", "a.amb", 48_000),
        ("caf", "a.caf", 96_000),
        ("mp4", "a.mp4", 48_000),
        ("binaural", "a.flac", 44_100),
        ("binaural", "a.mov", 48_000),
    ],
)
def test_the_mark_is_in_every_kind_of_file(tmp_path: Path, order: Order, kind: str, name: str, rate_hz: int) -> None:
    part = FilmPart(film(tmp_path / "film.mp4"), Sphere())
    wanted = replace(order, out=tmp_path / name, kind=kind, rate_hz=rate_hz, film=part, film_s=1.2)  # type: ignore[arg-type]
    assert watermark(wanted).startswith("found; by chance in 1 of 10^")
    assert dict(page_of(tmp_path / name))["watermark"].startswith("found")


def test_without_it_the_samples_are_those_of_the_take(order: Order) -> None:
    assert watermark(replace(order, watermark=False, coding="float")) == "none, as asked for"
    np.testing.assert_array_equal(read_ambix(order.out)[0], read_ambix(order.take)[0])
    assert dict(page_of(order.out))["watermark"] == "not found"


def test_a_recording_is_not_marked(tmp_path: Path, order: Order) -> None:
    field, _ = read_ambix(order.take)
    with AmbixWriter(tmp_path / "recording.wav", is_generated=False) as writer:
        writer.write(field)
    assert watermark(replace(order, take=tmp_path / "recording.wav", coding="float")) == "none: the take is a recording"
    np.testing.assert_array_equal(read_ambix(order.out)[0], field)


def test_a_marked_take_is_not_marked_twice(tmp_path: Path, order: Order) -> None:
    deliver(replace(order, coding="float"))
    again = replace(order, take=order.out, out=tmp_path / "again.wav", coding="float")
    assert watermark(again).endswith("already in the take")
    np.testing.assert_array_equal(read_ambix(again.out)[0], read_ambix(order.out)[0])


def test_a_sound_too_short_for_a_mark_is_delivered_all_the_same(order: Order) -> None:
    assert watermark(replace(order, range_s=(0.0, 0.2))).startswith("added, but the sound is too short")


def test_the_model_of_the_take_is_named_in_every_file(tmp_path: Path, order: Order) -> None:
    model = "0123456789abcdef" * 4
    field, _ = read_ambix(order.take)
    with AmbixWriter(tmp_path / "named.wav", model_sha256=model) as writer:
        writer.write(field)
    part = FilmPart(film(tmp_path / "film.mp4"), Sphere())
    for kind, name in (("wav", "a.wav"), ("binaural", "b.flac"), ("caf", "a.caf"), ("mov", "a.mov"), ("mp4", "a.mp4")):
        out = tmp_path / name
        deliver(replace(order, take=tmp_path / "named.wav", out=out, kind=kind, film=part, film_s=1.2))  # type: ignore[arg-type]
        assert says_generated(description_of(out))
        assert model_in(description_of(out)) == model
    assert model_in(description_of(order.take)) == ""
    deliver(replace(order, take=tmp_path / "a.mov", out=tmp_path / "again.wav"))  # a film is a take too
    assert model_in(description_of(tmp_path / "again.wav")) == model


def test_a_file_that_lost_the_mark_is_rejected(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    right = DeliveredSound.blocks
    calls = []

    def blocks(self: DeliveredSound) -> object:
        calls.append(self.is_marked)
        self.is_marked = len(calls) != 2  # measured, written, compared: the second time nothing is marked
        return right(self)

    monkeypatch.setattr(DeliveredSound, "blocks", blocks)
    with pytest.raises(ExportError, match="watermark: not found"):
        deliver(order)
    assert not order.out.exists()
