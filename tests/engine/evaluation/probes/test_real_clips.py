"""Which recordings figures are compared with: all of a class, or those that training may know."""

from pathlib import Path

from engine.evaluation.probes.real_clips import clips_by_class
from engine.scenes.sound_bank import is_held_out, recording_group
from tests.engine.scenes.small_data import write_sounds


def test_a_take_can_be_a_copy_of_a_training_clip_alone(tmp_path: Path) -> None:
    data = write_sounds(tmp_path)
    whole, known = clips_by_class(data, second_pack=True), clips_by_class(data, second_pack=True, training=True)
    assert whole.keys() == known.keys() == {"dog", "rain"}
    groups = {data / f"s{n}.wav": recording_group({"source": "Test", "source_id": str(n)}) for n in range(24)}
    held_out = {path for path, group in groups.items() if is_held_out(group)}
    assert held_out
    for name, clips in whole.items():
        assert known[name] == [path for path in clips if path not in held_out]
