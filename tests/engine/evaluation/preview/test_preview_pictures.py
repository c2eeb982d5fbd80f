"""Pictures of the preview: marks are where sources are, plots say what they are given, nothing comes in unescaped."""

import itertools
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from engine.contract.directions import unit_vectors
from engine.evaluation.preview.sheet import MarkedSource, contact_sheet, jpeg_uri
from engine.evaluation.preview.svg import Lane, MapTrack, Mark, bars, direction_map, histogram, lanes

PATCHES = 50
BLACK = np.zeros((1, 128, 256, 3), np.uint8)
ALWAYS = np.ones(PATCHES, bool)


def still(azimuth_deg: float, elevation_deg: float = 0.0) -> np.ndarray:
    return np.repeat(unit_vectors(np.deg2rad(azimuth_deg), np.deg2rad(elevation_deg))[None], PATCHES, axis=0)


def orange(picture: np.ndarray) -> np.ndarray:
    """Return where the first source's colour is."""
    return (picture[..., 0] > 200) & (picture[..., 1] > 90) & (picture[..., 1] < 200) & (picture[..., 2] < 120)


def tiles(frames: np.ndarray, *sources: MarkedSource) -> np.ndarray:
    """Return the eight tiles (8, 160, 320, 3)."""
    sheet = np.asarray(contact_sheet(frames, sources, PATCHES))
    return np.stack([sheet[r * 164 : r * 164 + 160, c * 324 : c * 324 + 320] for r in range(2) for c in range(4)])


@pytest.mark.parametrize(
    ("azimuth_deg", "elevation_deg", "x", "y"),
    [(0, 0, 160, 80), (90, 0, 80, 80), (-90, 45, 240, 40), (45, -30, 120, 107)],
)
def test_a_ring_is_where_the_source_is(azimuth_deg: float, elevation_deg: float, x: float, y: float) -> None:
    for tile in tiles(BLACK, MarkedSource(still(azimuth_deg, elevation_deg), ALWAYS)):
        rows, columns = np.nonzero(orange(tile))
        assert columns.mean() == pytest.approx(x, abs=2)
        assert rows.mean() == pytest.approx(y, abs=2)


def test_a_ring_behind_is_cut_by_both_edges() -> None:
    columns = np.nonzero(orange(tiles(BLACK, MarkedSource(still(180), ALWAYS))[0]))[1]
    assert columns.min() < 15
    assert columns.max() > 305
    assert not ((columns > 40) & (columns < 280)).any()


def test_a_ring_is_bold_where_it_sounds_and_moves_with_the_path() -> None:
    azimuth = np.linspace(-100, 100, PATCHES)
    path = unit_vectors(np.deg2rad(azimuth), np.zeros(PATCHES))
    found = tiles(BLACK, MarkedSource(path, np.arange(PATCHES) < 25))
    strength = [orange(tile).sum() for tile in found]
    assert min(strength[:4]) > 1.5 * max(strength[4:])
    places = [np.nonzero(orange(tile))[1].mean() for tile in found]
    assert all(a > b for a, b in itertools.pairwise(places))  # to the left


def test_sheets_show_the_frame_of_their_time() -> None:
    frames = np.repeat((np.arange(32, dtype=np.uint8) * 7)[:, None, None, None], 128, 1).repeat(256, 2).repeat(3, 3)
    shown = [int(tile[80, 160, 0]) for tile in tiles(frames, MarkedSource(None, ALWAYS))]
    assert shown == sorted(shown)
    assert shown[0] == 2 * 7
    assert shown[-1] == 30 * 7
    assert jpeg_uri(contact_sheet(frames, [], PATCHES)).startswith("data:image/jpeg;base64,/9j/")


def numbers(svg: str, name: str, kind: str) -> list[dict[str, str]]:
    """Return the attributes of the elements of a CSS class."""
    root = ElementTree.fromstring(svg)
    return [e.attrib for e in root.iter() if e.tag.endswith(name) and e.attrib.get("class") == kind]


def test_the_map_begins_left_and_does_not_cross_the_back() -> None:
    path = unit_vectors(np.deg2rad(np.linspace(90, 270, PATCHES)), np.full(PATCHES, np.deg2rad(30)))
    svg = direction_map("paths", [MapTrack("t0", path, np.arange(PATCHES) >= 10)])
    (begin,), (end,) = numbers(svg, "circle", "t0 begin"), numbers(svg, "circle", "t0 end")
    assert float(begin["cx"]) == pytest.approx(135, abs=1)
    assert float(begin["cy"]) == pytest.approx(90, abs=1)
    assert float(end["cx"]) == pytest.approx(405, abs=1)
    lines = numbers(svg, "line", "t0") + numbers(svg, "line", "t0 quiet")
    assert len(lines) == PATCHES - 2  # one step goes round the back
    assert max(abs(float(line["x2"]) - float(line["x1"])) for line in lines) < 20
    assert len(numbers(svg, "line", "t0 quiet")) == 10


def test_lanes_and_marks_are_at_their_times() -> None:
    svg = lanes("activity", 8.0, [Lane("t0", "1", [(0.0, 2.0), (4.0, 8.0)])], [Mark(6.0, "withdraw <b>")])
    widths = [float(r["width"]) for r in numbers(svg, "rect", "t0")]
    assert widths[1] == pytest.approx(2 * widths[0], rel=0.01)
    (mark,) = numbers(svg, "line", "mark")
    second = numbers(svg, "rect", "t0")[1]
    assert float(mark["x1"]) == pytest.approx(float(second["x"]) + widths[1] / 2, abs=0.2)
    assert "withdraw &lt;b&gt;" in svg


def test_counts_are_as_high_as_they_are_many() -> None:
    heights = [float(r["height"]) for r in numbers(histogram("h", (0, 1, 2, 3), (4, 0, 2)), "rect", "t0")]
    assert heights[1] == 0
    assert heights[0] == pytest.approx(2 * heights[2], rel=0.01)
    svg = bars("classes", [("dog & cat", 10.0, "10"), ("a name that is much too long for it", 5.0, "5")])
    widths = [float(r["width"]) for r in numbers(svg, "rect", "t0")]
    assert widths[0] == pytest.approx(2 * widths[1], rel=0.01)
    assert max(len(text) for text in re.findall(r">([^<]+)</text>", svg)) <= 21
    for empty in (histogram("h", (0, 1), (0,)), bars("b", []), lanes("l", 0.0, []), direction_map("m", [])):
        ElementTree.fromstring(empty)
