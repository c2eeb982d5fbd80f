"""The drawing of an annotation: what is where, and that names cannot break it."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from engine.ambisonics.encoding import encode_point
from engine.annotation.annotate import annotate
from engine.annotation.plot import annotation_svg
from engine.contract.directions import Direction
from tests.engine.annotation.mixes import noise, written

SVG = "{http://www.w3.org/2000/svg}"


def drawing(file: str, labels: list[str | None], seconds: int = 1) -> ElementTree.Element:
    """Return a drawing of sources that all sound at the front, for as long as the recording."""
    point = {"azimuth_deg": 0.0, "elevation_deg": 0.0, "energy_share": 0.1}
    path = [{"t_s": float(t), **point} for t in range(seconds)]
    annotation: dict[str, Any] = {
        "file": file,
        "segment_s": 1.0,
        "segments": [{**p, "energy": 0.1, "diffuseness": 0.5} for p in path],
        "sources": [{"label": label, "path": path} for label in labels],
    }
    return ElementTree.fromstring(annotation_svg(annotation))


def texts(tree: ElementTree.Element) -> list[str | None]:
    return [t.text for t in tree.iter(SVG + "text")]


def test_the_drawing_has_a_dot_for_every_second_and_source_and_no_markup_of_names(tmp_path: Path) -> None:
    path = written(tmp_path / "<b>&.wav", encode_point(noise(3, 1), Direction(90.0, 0.0)))
    found = annotate(path, labels=("<script>",))
    tree = ElementTree.fromstring(annotation_svg(found))
    circles = [c for c in tree.iter(SVG + "circle") if c.get("r") == "4.0"]
    assert len(circles) == 2 * 3
    top = float(tree.findall(SVG + "rect")[1].get("y", "nan"))
    # +90 degrees is a quarter below the top of the panel of 180 px for 360 degrees.
    assert [float(c.get("cy", "nan")) for c in circles[:3]] == pytest.approx([top + 45] * 3, abs=1)
    names = texts(tree)
    assert names[0] == "<b>&.wav"
    assert "<script>" in names


@pytest.mark.parametrize("name", ["rain\x1b[2J\x00", "rain\ud800", "a" + 30 * "<", "&" * 30])
def test_no_name_makes_a_drawing_that_cannot_be_read(name: str) -> None:
    shown = texts(drawing(name, [name]))
    assert all(text and text.isprintable() for text in shown)
    assert max(len(text or "") for text in shown[-1:]) <= 17


def test_of_many_sources_the_loudest_have_their_own_colours_and_are_drawn_last() -> None:
    tree = drawing("many.wav", [None] * 9)
    assert texts(tree)[-1] == "3 more"
    colours = [c.get("fill") for c in tree.iter(SVG + "circle") if c.get("fill") != "none"]
    assert len(set(colours[:9])) == 7
    assert len(set(colours[:3])) == 1
    assert colours[8] == colours[18]


def test_dots_shrink_and_times_are_clocks_in_long_recordings() -> None:
    short, long = drawing("a.wav", [None], 5), drawing("a.wav", [None], 3_700)
    sizes = [{float(c.get("r", "nan")) for c in t.iter(SVG + "circle")} for t in (short, long)]
    assert min(sizes[0]) == 3.0
    assert min(sizes[1]) == 1.0
    assert "5 s" in texts(short)
    assert "1:00:00" in texts(long)
