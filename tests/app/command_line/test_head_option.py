import numpy as np
import pytest

from app.cli import main
from app.command_line.head_option import chosen_head
from engine.ambisonics.binaural_file import load_filters
from tests.engine.ambisonics.sphere_head import sphere_head, spiral, write_sofa


def test_without_the_option_the_shipped_head_listens():
    np.testing.assert_array_equal(chosen_head(None).taps, load_filters().taps)


@pytest.mark.slow
def test_the_head_of_a_sofa_file_listens(tmp_path):
    head = chosen_head(write_sofa(tmp_path / "mine.sofa", sphere_head(spiral(60))))
    assert head.source == "mine"
    assert not np.array_equal(head.taps, load_filters().taps)


@pytest.mark.parametrize("command", ["generate --prompt x --out o.wav --binaural b.wav", "headless --seconds 1"])
def test_a_damaged_sofa_file_is_one_line_before_any_work(tmp_path, monkeypatch, capsys, command):
    monkeypatch.chdir(tmp_path)
    whole = write_sofa(tmp_path / "whole.sofa", sphere_head(spiral(60))).read_bytes()
    (tmp_path / "half.sofa").write_bytes(whole[: len(whole) // 2])
    assert main([*command.split(), "--hrtf", "half.sofa"]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert told.startswith("swansphere: half.sofa is damaged")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["half.sofa", "whole.sofa"]
