"""Signed exports from the dialog: off until turned on, remembered, and the prompts stay out unless they are ticked."""

from pathlib import Path

import pytest

pytest.importorskip("c2pa", reason="c2pa-python is not installed")
pytest.importorskip("cryptography", reason="cryptography is not installed")

from app.export.signing_part import SELF_MADE
from app.files.settings import AppSettings
from app.files.signing_settings import SigningChoice
from app.project.open_project import OpenProject
from app.project.recovery import RecoveryStore
from engine.contract.telemetry import TakeSummary
from engine.export.checking.page import page_of
from engine.export.credentials.claim import Signing
from engine.export.credentials.identity import self_made_identity
from tests.app.delivery.projects import tone, two_sides
from tests.app.fake_session import FILM
from tests.fakes import FakePatchSource, FakeSource

pytestmark = pytest.mark.slow


@pytest.fixture
def exporting(app, tmp_path, monkeypatch):
    """Return the exports of an app with a scene of a generated lane and a recording; jobs run in the task's thread."""
    monkeypatch.setattr("engine.export.credentials.identity.user_data_folder", lambda: tmp_path / "user-data")
    monkeypatch.setattr(
        "app.delivery.child.run_in_child",
        lambda job, _source, progress, cancelled: job.run(lambda: FakePatchSource(FakeSource()), progress, cancelled),
    )
    (tmp_path / "out").mkdir()
    app.settings.remember_folder("export", tmp_path / "out")
    app.settings.export_names = "{project} {lane}"
    scene = tone(two_sides(tmp_path))
    app.context.editor.open(OpenProject.new(scene, RecoveryStore(tmp_path / "r"), lambda _sentence: None))
    app.bridge.start()
    app.window.show()
    made = app.wiring._exporting
    made.ask_for_field()
    yield made
    made.dialog.close()
    if made.list is not None:
        made.list.close()


def exported(exporting, qtbot, tmp_path: Path) -> dict[str, str]:
    """Export, and return what is read in the file."""
    exporting.dialog.export_button.click()
    qtbot.waitUntil(lambda: not exporting.queue.live, timeout=30_000)
    assert [entry.state for entry in exporting.queue.entries] == ["done"], exporting.queue.entries[0].sentence
    return dict(page_of(tmp_path / "out" / "scene mix.wav"))


def test_nothing_is_signed_unless_it_is_turned_on(exporting, qtbot, tmp_path) -> None:
    part = exporting.dialog.format.signing
    assert not part.on.isChecked()
    assert not part.prompts.isEnabled()
    assert exporting.dialog.format.value().signing is None
    assert "valid" not in exported(exporting, qtbot, tmp_path).get("C2PA", "")
    assert not (tmp_path / "user-data").exists()


@pytest.mark.parametrize("tells", [False, True])
def test_a_signed_file_tells_the_prompts_only_if_they_are_ticked(app, exporting, qtbot, tmp_path, tells) -> None:
    part = exporting.dialog.format.signing
    part.on.click()
    assert part.hint.isVisible()
    assert "stay out" in part.hint.text()
    if tells:
        part.prompts.click()
    page = exported(exporting, qtbot, tmp_path)
    assert page["C2PA"].startswith("valid, signed by Self-made certificate")
    assert ("C2PA, prompts" in page) is tells
    assert app.settings.signing == SigningChoice(True, Signing(tells_prompts=tells))
    exporting.ask_for_field()
    assert exporting.dialog.format.signing.value() == app.settings.signing


def test_the_certificate_of_the_user_signs_and_is_remembered(app, exporting, qtbot, tmp_path, monkeypatch) -> None:
    identity = self_made_identity(tmp_path / "mine")
    files = tmp_path / "chain.pem", tmp_path / "key.pem"
    for file, content in zip(files, (identity.chain, identity.key), strict=True):
        file.write_bytes(content)
    chosen = iter(files)
    monkeypatch.setattr("app.export.exporting.ask_for_file", lambda *_arguments: next(chosen))
    part = exporting.dialog.format.signing
    part.on.click()
    part.choose.click()
    assert part.name.toolTip() == "chain.pem"
    assert "valid, signed by" in exported(exporting, qtbot, tmp_path)["C2PA"]
    assert not (tmp_path / "user-data").exists()
    app.settings.save()
    assert AppSettings(tmp_path / "settings.ini").signing == SigningChoice(True, Signing(*files))
    part.own.click()
    assert part.name.toolTip() == SELF_MADE


def test_files_that_are_no_certificate_are_refused_with_a_sentence(app, exporting, tmp_path, monkeypatch) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("nothing")
    monkeypatch.setattr("app.export.exporting.ask_for_file", lambda *_arguments: wrong)
    part = exporting.dialog.format.signing
    part.on.click()
    part.choose.click()
    assert "wrong.pem" in app.errors.open_dialogs[0].informativeText()
    assert part.value().signing.certificate is None


def test_an_export_never_replaces_the_key_that_signs_it(exporting, tmp_path) -> None:
    key = tmp_path / "out" / "scene mix.wav.c2pa"
    key.write_text("a key")
    part = exporting.dialog.format.signing
    part.on.click()
    part.use_certificate((tmp_path / "chain.pem", key))
    exporting.dialog.export_button.click()
    assert "would be overwritten" in exporting.dialog.status.text()
    assert key.read_text() == "a key"


def test_what_was_heard_has_no_prompts_to_tell(app, exporting, session) -> None:
    app.bridge.open_film(FILM)
    session.summary = TakeSummary(3.0)
    exporting.dialog.close()
    exporting.ask_for_field()
    dialog = exporting.dialog
    dialog.format.signing.show_value(SigningChoice(True, Signing(tells_prompts=True)))
    assert dialog.format.value().signing == Signing(tells_prompts=True)
    dialog.what.choose("take")
    assert not dialog.format.signing.prompts.isEnabled()
    assert dialog.format.value().signing == Signing()
    assert dialog.format.signing.value().signing.tells_prompts  # it comes back with the scene
