from pathlib import Path

import pytest

from engine.contract.camera import LIVE_S, camera_as_chosen, camera_source, film_name, shown_name
from engine.contract.errors import MediaError
from engine.contract.video import NO_CHOICE, FilmChoice, Projection, StereoLayout, VideoInfo


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("camera:0", "0"),
        ("camera:/dev/video2", "/dev/video2"),
        ("camera:RICOH THETA V", "RICOH THETA V"),
        ("camera:udp://127.0.0.1:5000", "udp://127.0.0.1:5000"),
        ("/films/camera:0.mp4", None),
        ("camera.mp4", None),
    ],
)
def test_the_name_of_a_camera_survives_being_a_path(name, source):
    assert camera_source(name) == camera_source(Path(name)) == source
    assert film_name(Path(name)) == name


def test_users_see_names_and_not_addresses_of_ours():
    assert [shown_name(name) for name in ("camera:0", "/films/walk.mp4", "C:\\films\\walk.mp4")] == [
        "Camera 0",
        "walk.mp4",
        "walk.mp4",
    ]
    assert shown_name("camera:udp:/127.0.0.1:5000") == "Stream udp://127.0.0.1:5000"


def camera(width: int, height: int) -> VideoInfo:
    return VideoInfo("camera:0", width, height, 30.0, LIVE_S, times="live")


def test_a_panorama_is_twice_as_wide_as_high():
    assert camera_as_chosen(camera(1920, 960), NO_CHOICE).projection is Projection.EQUIRECTANGULAR
    assert camera_as_chosen(camera(1920, 1920), FilmChoice(StereoLayout.TOP_BOTTOM)).layout is StereoLayout.TOP_BOTTOM
    with pytest.raises(MediaError, match="Camera 0 sends 1280 x 720 pixels, and a panorama is twice as wide as high"):
        camera_as_chosen(camera(1280, 720), NO_CHOICE)


def test_the_user_may_say_what_else_the_camera_sends():
    flat = camera_as_chosen(camera(1280, 720), FilmChoice(projection=Projection.FLAT, fov_deg=90.0))
    assert (flat.projection, flat.fov_deg, flat.projection_source) == (Projection.FLAT, 90.0, "user")
    assert flat.choice == FilmChoice(projection=Projection.FLAT, fov_deg=90.0)
    with pytest.raises(MediaError):
        camera_as_chosen(flat, NO_CHOICE)
