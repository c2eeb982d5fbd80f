"""A signed claim never calls sound of another generator a recording, nor a recording generated."""

from dataclasses import replace
from pathlib import Path

from app.delivery.signing import scene_signing
from engine.contract.scene.lane import Lane
from engine.contract.scene.scene import Scene
from engine.export.credentials.signing import Signing
from tests.app.delivery.projects import recorded


def test_sound_of_another_generator_is_a_prompt_and_a_recording_is_a_recording(tmp_path: Path) -> None:
    mine = recorded(tmp_path, 11, "drip.wav")
    made = replace(recorded(tmp_path, 12, "made-1.wav"), made_by="AMBIT", name="a dog barks")
    scene = Scene(lanes=(Lane(lane_id=1, name="Both", blocks=(mine, made)),), next_id=20)
    claim = scene_signing(scene, None, Signing())
    assert [recording.name for recording in claim.recordings] == ["drip.wav"]
    assert claim.prompts == ("a dog barks",)
