"""The stages in order inside a time limit."""

from pathlib import Path

import pytest

from engine.contract.errors import EngineError, InvalidInputError
from engine.training import lease
from engine.training.lease import Stage


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[Stage]:
    """Stages that were run; every one of them ends at once."""
    seen: list[Stage] = []

    def run_stage(stage: Stage, minutes: float) -> bool:
        seen.append(stage)
        return True

    monkeypatch.setattr(lease, "run_stage", run_stage)
    return seen


def arguments(tmp_path: Path, *more: str) -> list[str]:
    return ["--data", "d", "--runs", str(tmp_path / "runs"), "--out", str(tmp_path / "out"), "--workers", "3", *more]


@pytest.fixture(autouse=True)
def runs(tmp_path: Path) -> Path:
    (tmp_path / "runs").mkdir()
    return tmp_path / "runs"


def test_the_stages_come_in_order_and_are_not_done_twice(tmp_path: Path, ran: list[Stage]) -> None:
    lease.main(arguments(tmp_path))
    assert [s.name for s in ran] == ["compose", "codec", "codec-eval", "features", "svac", "generator"]
    assert ran[3].parts == 3
    seen = ran[5].arguments[ran[5].arguments.index("--svac") + 1]
    assert Path(seen) == tmp_path / "runs" / "svac-full" / "svac.safetensors"
    assert "--minutes" in ran[1].arguments
    lease.main(arguments(tmp_path))
    assert len(ran) == 6


def test_a_kept_codec_is_not_fitted(tmp_path: Path, ran: list[Stage]) -> None:
    lease.main(arguments(tmp_path, "--keep-codec", "shipped"))
    assert [s.name for s in ran] == ["compose", "features", "svac", "generator"]
    assert ran[1].arguments[ran[1].arguments.index("--codec") + 1] == "shipped"


def test_a_generator_that_is_gone_on_with_keeps_its_film_encoder(tmp_path: Path, ran: list[Stage]) -> None:
    lease.main(arguments(tmp_path, "--keep-codec", "shipped", "--start", "shipped"))
    assert [s.name for s in ran] == ["compose", "features", "generator"]
    assert "--svac" not in ran[2].arguments


def test_when_time_is_over_the_next_call_goes_on_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names: list[str] = []

    def run_stage(stage: Stage, minutes: float) -> bool:
        names.append(stage.name)
        return stage.name != "codec-eval" or names.count("codec-eval") > 1

    monkeypatch.setattr(lease, "run_stage", run_stage)
    lease.main(arguments(tmp_path))
    assert "Out of time in 'codec-eval'" in capsys.readouterr().out
    assert names == ["compose", "codec", "codec-eval"]
    lease.main(arguments(tmp_path))
    assert names[3:] == ["codec-eval", "features", "svac", "generator"]


def test_weights_that_cannot_be_carried_are_refused(tmp_path: Path, ran: list[Stage]) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "generator.safetensors").write_bytes(b"\0" * (17 << 20))
    with pytest.raises(InvalidInputError, match=r"17\.0 MiB"):
        lease.main(arguments(tmp_path))


def test_a_stage_runs_in_a_process_and_its_failure_and_its_time_limit_are_seen() -> None:
    assert lease.run_stage(Stage("--help", ()), 1.0)
    with pytest.raises(EngineError, match="'nonsense' failed"):
        lease.run_stage(Stage("nonsense", (), parts=2), 1.0)
    assert not lease.run_stage(Stage("--help", ()), 0.0)
