from pathlib import Path

import pytest

from app.files.settings import AppSettings


@pytest.fixture
def file(tmp_path):
    return tmp_path / "settings.ini"


def test_values_survive(file, tmp_path):
    first = AppSettings(file)
    first.volume_percent = 35
    first.device_name = "Headphones"
    first.remember_folder("film", tmp_path)
    first.sound_view = "direction"
    first.map_is_on, first.map_percent = True, 40
    first.save()
    again = AppSettings(file)
    assert again.volume_percent == 35
    assert again.device_name == "Headphones"
    assert again.sound_view == "direction"
    assert (again.map_is_on, again.map_percent) == (True, 40)
    assert again.folder("film") == tmp_path
    again.device_name = None
    assert again.device_name is None


def test_damaged_values_fall_back(file):
    file.write_text(
        "[output]\nvolume_percent=loud\n[window]\ngeometry=7\nmap_is_on=maybe\nmap_percent=x\n[folders]\nfilm=/no/such/folder\n"
    )
    settings = AppSettings(file)
    assert settings.volume_percent == 80
    assert settings.geometry.isEmpty()
    assert (settings.map_is_on, settings.map_percent) == (False, 60)
    assert settings.folder("film") == Path.home()


@pytest.mark.parametrize(("written", "read"), [("-5", 0), ("1000", 100)])
def test_a_volume_stays_in_its_range(file, written, read):
    file.write_text(f"[output]\nvolume_percent={written}\n")
    assert AppSettings(file).volume_percent == read


def test_a_remembered_folder_of_an_impossible_name_is_forgotten(tmp_path):
    settings = AppSettings(tmp_path / "settings.ini")
    settings.remember_folder("film", tmp_path / ("x" * 300))
    assert settings.folder("film") == Path.home()
