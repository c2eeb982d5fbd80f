"""`export --credentials` signs, `verify` reads the claim; half a certificate is one sentence and status 2."""

import json
import os
import sys
from pathlib import Path

import pytest

pytest.importorskip("c2pa", reason="c2pa-python is not installed")
pytest.importorskip("cryptography", reason="cryptography is not installed")

from app.cli import main
from engine.export.credentials.identity import self_made_identity
from tests.engine.export.delivery.takes import take

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("engine.export.credentials.identity.user_data_folder", lambda: tmp_path / "user-data")
    take(tmp_path / "take.wav", 1.0)
    return tmp_path


def export(folder: Path, *more: str) -> int:
    return main(["export", str(folder / "take.wav"), "--out", str(folder / "out.wav"), "--json", *more])


def page(capsys: pytest.CaptureFixture[str], path: Path) -> dict[str, str]:
    assert main(["verify", str(path), "--json"]) == 0
    return {line["what"]: line["found"] for line in json.loads(capsys.readouterr().out)["page"]}


def test_a_self_made_certificate(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export(folder, "--credentials") == 0
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["C2PA"]["passed"]
    found = page(capsys, folder / "out.wav")
    assert found["C2PA"].startswith("valid, signed by Self-made certificate")
    assert found["watermark"].startswith("found")
    assert (folder / "user-data" / "credentials").is_dir()


def test_the_certificate_of_the_user(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    identity = self_made_identity(folder / "mine")
    (folder / "chain.pem").write_bytes(identity.chain)
    (folder / "key.pem").write_bytes(identity.key)
    assert export(folder, "--certificate", str(folder / "chain.pem"), "--key", str(folder / "key.pem")) == 0
    capsys.readouterr()
    assert "valid, signed by" in page(capsys, folder / "out.wav")["C2PA"]
    assert not (folder / "user-data").exists()
    out = str(folder / "key.pem")
    argv = ["export", str(folder / "take.wav"), "--out", out, "--format", "wav"]
    assert main([*argv, "--certificate", str(folder / "chain.pem"), "--key", out]) == 2
    assert (folder / "key.pem").read_bytes() == identity.key


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--certificate", "chain.pem"), "A certificate needs its key"),
        (("--credentials", "--tell-prompts"), "--tell-prompts belongs to a project"),
        (("--certificate", "gone.pem", "--key", "gone.pem"), "gone.pem cannot be read"),
    ],
)
def test_bad_options_are_one_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], says: str
) -> None:
    assert export(folder, *more) == 2
    told = capsys.readouterr().err.strip()
    assert says in told
    assert "\n" not in told
    assert not (folder / "out.wav").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_no_text_can_be_signed(folder: Path) -> None:
    out = folder / os.fsdecode(b"s\xfcden.wav")
    assert main(["export", str(folder / "take.wav"), "--out", str(out), "--credentials"]) == 0
