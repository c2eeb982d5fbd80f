"""The schema of project files, a scene to save, and values written as a file."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import engine.project.project_file as module
from engine.contract.scene.blocks import RecordingBlock
from engine.contract.scene.scene import Scene
from engine.project.project_file import project_bytes
from tests.engine.contract.scene.scenes import whole_scene

SCHEMA = json.loads(Path(module.__file__).with_name("project.schema.json").read_text())
FOLDER = Path("/projects")


def scene_with_a_maker() -> Scene:
    scene = whole_scene()
    lanes = [
        replace(
            lane,
            blocks=tuple(
                replace(block, made_by="AMBIT") if isinstance(block, RecordingBlock) and block.block_id == 12 else block
                for block in lane.blocks
            ),
        )
        for lane in scene.lanes
    ]
    return replace(scene, lanes=tuple(lanes))


def document(scene: Scene) -> Any:
    return json.loads(project_bytes(scene, FOLDER))


def written(tmp_path: Path, values: Any) -> Path:
    path = tmp_path / "odd.swan"
    path.write_text(json.dumps(values))
    return path
