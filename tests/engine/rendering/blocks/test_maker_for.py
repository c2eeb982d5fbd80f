"""A film counts for a take's key only if the recipe follows it, and then by its content and how it is read."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from engine.rendering.blocks.keys import maker_for


@dataclass(frozen=True)
class Followed:
    film_sample: int | None
    continued: None = None


def film(content: str, layout: str = "mono") -> Any:
    choice = SimpleNamespace(layout=layout, projection=None, fov_deg=None)
    return SimpleNamespace(file=SimpleNamespace(content=content, path="/films/a.mp4"), choice=choice)


def test_a_film_counts_if_it_is_followed() -> None:
    source = cast(Any, SimpleNamespace(checkpoint_sha256="abc", runtime="torch"))
    free, follows = cast(Any, Followed(None)), cast(Any, Followed(0))
    assert maker_for(source, free, film("1")) == maker_for(source, follows, None)
    one = maker_for(source, follows, film("1"))
    assert one == maker_for(source, follows, film("1"))
    assert (
        len(
            {
                one.film,
                maker_for(source, follows, film("2")).film,
                maker_for(source, follows, film("1", "top-bottom")).film,
                "",
            }
        )
        == 4
    )
