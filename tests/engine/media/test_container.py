"""What is opened and what is not: ordinary files alone, and every failure is a sentence with the file's name."""

import os
import socket
from pathlib import Path

import pytest

from engine.contract.errors import MediaError
from engine.media.container import MediaFile, picture_stream
from engine.video.probe import probe
from tests.engine.video.made_films import STEADY, write_film


@pytest.mark.timeout(10)
@pytest.mark.parametrize("kind", ["folder", "named pipe", "socket", "device"])
def test_only_ordinary_files_are_opened_and_nobody_waits(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "film.mp4"
    with socket.socket(socket.AF_UNIX) as ear:
        if kind == "folder":
            path.mkdir()
        elif kind == "named pipe":
            os.mkfifo(path)
        elif kind == "socket":
            ear.bind(str(path))
        else:
            path.symlink_to("/dev/zero")
        with pytest.raises(MediaError, match=kind) as told:
            probe(path)
    assert "film.mp4" in str(told.value)


@pytest.mark.parametrize("name", ["x" * 300 + ".mp4", "a\0b.mp4", "loop.mp4"])
def test_names_that_cannot_be_opened_are_told(tmp_path: Path, name: str) -> None:
    if name == "loop.mp4":
        (tmp_path / name).symlink_to(tmp_path / name)
    with pytest.raises(MediaError) as told:
        probe(tmp_path / name)
    assert "Errno" not in str(told.value)


@pytest.mark.parametrize("name", ["a:b.mp4", "concat:x.mp4", "%03d.mp4", "http:film.mp4", "-x.mp4"])
def test_a_name_is_never_an_address_or_a_pattern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    write_film(tmp_path / "film.mp4", STEADY[:3]).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert probe(Path(name)).width == 64


def test_a_stream_that_is_gone_is_told(tmp_path: Path) -> None:
    with MediaFile(write_film(tmp_path / "film.mp4", STEADY[:3])) as media:
        assert media.stream(picture_stream(media).index).type == "video"
        with pytest.raises(MediaError, match=r"film\.mp4 has changed"):
            media.stream(7)
