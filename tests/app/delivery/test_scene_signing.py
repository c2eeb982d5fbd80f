"""A signed scene tells its recordings, and its words if the user wants that; claims beside files come along."""

from pathlib import Path

import pytest

pytest.importorskip("c2pa", reason="c2pa-python is not installed")
pytest.importorskip("cryptography", reason="cryptography is not installed")

from app.delivery.file_format import FileFormat
from app.delivery.names import beside
from app.delivery.parts import What, parts_of
from app.delivery.scene_export import SceneExport, export_scene
from app.delivery.signing import scene_signing
from engine.export.checking.page import page_of
from engine.export.credentials.claim import Signing
from tests.app.delivery.projects import tone, two_sides
from tests.fakes import FakePatchSource, FakeSource

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _data_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The self-made certificate of these tests is not the user's."""
    monkeypatch.setattr(
        "engine.export.credentials.identity.user_data_folder", lambda: tmp_path_factory.getbasetemp() / "user-data"
    )


def test_a_lane_tells_its_own(tmp_path: Path) -> None:
    scene = tone(two_sides(tmp_path))
    whole = scene_signing(scene, None, Signing())
    assert [recording.name for recording in whole.recordings] == ["2.wav"]
    assert len(whole.prompts) == 1
    assert scene_signing(scene, 2, Signing()).prompts == ()
    assert scene_signing(scene, 1, Signing()).recordings == ()


@pytest.mark.parametrize(("name", "tells"), [("mix.wav", True), ("mix.flac", False)])
def test_every_file_of_a_scene_is_signed(tmp_path: Path, name: str, tells: bool) -> None:
    scene = tone(two_sides(tmp_path))
    words = scene_signing(scene, None, Signing()).prompts[0]
    form = FileFormat(
        "flac" if name.endswith("flac") else "wav", Path(name).suffix, signing=Signing(tells_prompts=tells)
    )
    what = What(stems=True)
    (tmp_path / "out").mkdir()
    files = beside(tmp_path / "out" / name, parts_of(scene, what, form.kind), form)
    done = export_scene(SceneExport(scene, None, form, files), lambda: FakePatchSource(FakeSource()))
    assert len(done.files) == 3
    for delivered in done.files:
        page = dict(page_of(delivered.out))
        assert "valid, signed by" in page["C2PA"]
        assert delivered.out.with_name(f"{delivered.out.name}.c2pa").is_file() == name.endswith("flac")
    mix = dict(page_of(tmp_path / "out" / name))
    assert mix.get("C2PA, prompts") == (words if tells else None)
    assert mix["C2PA, recordings"] == "2.wav (licence: not stated)"
    assert mix["C2PA, actions"].startswith("created: compositeWithTrainedAlgorithmicMedia")
