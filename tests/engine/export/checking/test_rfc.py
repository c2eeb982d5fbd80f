"""Films keep the rules of the RFCs, and every rule is found broken once."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.contract.video import Bounds, Pose, Projection, StereoLayout
from engine.export.checking.page import page_of
from engine.export.checking.rfc import broken_rules
from engine.export.delivery.deliver import deliver
from engine.export.delivery.order import Order
from engine.export.film.film_writer import FilmPart
from engine.export.film.sphere_boxes import Sphere
from tests.engine.export.delivery.takes import film, take

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def order(tmp_path_factory: pytest.TempPathFactory) -> Order:
    folder = tmp_path_factory.mktemp("rfc")
    part = FilmPart(film(folder / "film.mp4"), Sphere())
    take_file, _ = take(folder / "take.wav")
    return Order(take_file, folder / "a.mov", "mov", film=part, film_s=1.2, watermark=False)


@pytest.fixture(scope="module")
def good(order: Order) -> bytes:
    deliver(order)
    return order.out.read_bytes()


@pytest.mark.parametrize(
    "sphere",
    [
        Sphere(),
        Sphere(layout=StereoLayout.TOP_BOTTOM),
        Sphere(bounds=Bounds(90.0, -90.0), pose=Pose(-170.0, 20.0, 5.0)),
        Sphere(projection=Projection.CUBEMAP),
    ],
)
@pytest.mark.parametrize("suffix", [".mov", ".mp4"])
def test_what_is_written_keeps_the_rules(tmp_path: Path, order: Order, sphere: Sphere, suffix: str) -> None:
    assert order.film is not None
    out = tmp_path / f"a{suffix}"
    done = deliver(replace(order, out=out, kind=suffix[1:], film=replace(order.film, sphere=sphere)))  # type: ignore[arg-type]
    assert broken_rules(out, 4) == ()
    assert {check.name: check.passed for check in done.checks}["RFC"]
    assert dict(page_of(out))["RFC"] == "the boxes keep its rules"


def put(kind: bytes, at: int, value: bytes) -> Callable[[bytes], bytes]:
    """Return a change: bytes at a place behind the name of a box."""

    def change(data: bytes) -> bytes:
        begin = data.rindex(kind) + 4 + at
        return data[:begin] + value + data[begin + len(value) :]

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (put(b"SA3D", 0, b"\1"), "a version, a type"),
        (put(b"SA3D", 6, b"\1"), "a version, a type"),
        (put(b"SA3D", 5, b"\2"), "do not fit order 2"),
        (put(b"SA3D", 1, b"\x80"), "do not fit order 1"),
        (put(b"SA3D", 15, b"\1"), "names a channel twice"),
        (put(b"SA3D", 15, b"\7"), "or one that does not exist"),
        (put(b"st3d", 4, b"\7"), "the stereo mode 7"),
        (put(b"st3d", 0, b"\1"), "st3d has a version"),
        (put(b"svhd", 0, b"xxxx"), "svhd has a version"),
        (put(b"prhd", 4, b"\x7f"), "yaw of"),
        (put(b"prhd", 8, b"\x7f"), "pitch of"),
        (put(b"equi", 4, b"\xff\xff\xff\xff\xff\xff\xff\xff"), "crops more"),
        (put(b"equi", 3, b"\1"), "equi has a version"),
        (put(b"equi", -4, b"xxxx"), "0 projections"),
        (put(b"svhd", -4, b"xxxx"), "0 boxes svhd"),
        (put(b"prhd", -4, b"xxxx"), "does not begin with prhd"),
        (put(b"st3d", -4, b"sv3d"), "sv3d is there twice"),
    ],
)
def test_each_broken_rule_is_named(tmp_path: Path, good: bytes, change: Callable[[bytes], bytes], says: str) -> None:
    broken = tmp_path / "broken.mov"
    broken.write_bytes(change(good))
    assert says in "; ".join(broken_rules(broken, 4))


def test_the_channels_of_the_sound_count(order: Order, good: bytes) -> None:
    assert good
    assert broken_rules(order.out, 6) == ("SA3D has 4 channels, the sound 6",)
    assert broken_rules(order.take) == ()
