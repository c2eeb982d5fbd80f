"""`annotate` with a captioner behind an address."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.cli import main
from engine.annotation.captioner import RemoteCaptioner
from tests.chat_endpoint import serving

GOOD = {
    "choices": [{"message": {"content": "Rain on the left."}}],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 5},
}


@pytest.fixture
def take(tmp_path: Path) -> Path:
    noise = 0.1 * np.random.default_rng(0).normal(size=48_000)
    path = tmp_path / "take.wav"
    soundfile.write(path, np.stack([noise, noise, 0 * noise, 0 * noise], axis=1), 48_000)
    return path


@pytest.mark.slow
def test_the_words_of_the_endpoint_are_kept_and_the_cost_is_shown(
    take: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWANSPHERE_API_KEY", "from-the-environment")
    with serving() as endpoint:
        endpoint.will_say((200, GOOD))
        options = ["--captioner", endpoint.url, "--model", "m", "--price-in", "3"]
        assert main(["annotate", str(take), "--out", str(tmp_path / "out"), *options]) == 0
    written = (tmp_path / "out" / "take.json").read_text()
    assert json.loads(written)["caption"] == "Rain on the left."
    assert json.loads(written)["captioner"] == "m"
    assert "from-the-environment" not in written
    assert "1 requests, 1000 tokens in and 5 out, 0.0030 in the currency" in capsys.readouterr().out
    assert endpoint.seen[0][1]["Authorization"] == "Bearer from-the-environment"


@pytest.mark.slow
def test_an_annotation_outlives_a_captioner_that_fails(
    take: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving() as endpoint:
        endpoint.will_say((401, {}))
        options = ["--captioner", endpoint.url, "--model", "m"]
        assert main(["annotate", str(take), "--out", str(tmp_path / "out"), *options]) == 2
    kept = json.loads((tmp_path / "out" / "take.json").read_text())
    assert kept["captioner"] == "rules"
    assert "left" in kept["caption"]
    assert "does not accept the key (HTTP 401)" in kept["caption_problem"]
    assert "does not accept the key (HTTP 401)" in capsys.readouterr().err
    (take.parent / "take.wav").unlink()
    with serving() as endpoint:
        endpoint.will_say((200, GOOD))
        options[1] = endpoint.url
        assert main(["annotate", str(take), "--out", str(tmp_path / "out"), *options]) == 0
    mended = json.loads((tmp_path / "out" / "take.json").read_text())
    assert mended == {key: value for key, value in kept.items() if key != "caption_problem"} | {
        "caption": "Rain on the left.",
        "captioner": "m",
    }


@pytest.mark.slow
def test_what_the_rules_captioned_is_captioned_by_a_model_that_is_named_later_and_only_once(
    take: Path, tmp_path: Path
) -> None:
    argv = ["annotate", str(take), "--out", str(tmp_path / "out")]
    assert main(argv) == 0
    with serving() as endpoint:
        endpoint.will_say((200, GOOD))
        for _again in range(2):
            assert main([*argv, "--captioner", endpoint.url, "--model", "m"]) == 0
        assert main(argv) == 0
    assert len(endpoint.seen) == 1
    assert json.loads((tmp_path / "out" / "take.json").read_text())["caption"] == "Rain on the left."


@pytest.mark.slow
def test_one_bad_file_costs_no_request_and_a_busy_endpoint_is_asked_again(
    take: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = take.with_name("bad.wav")
    bad.write_text("no sound")
    with serving() as endpoint:
        endpoint.will_say((503, {}, {"Retry-After": "0"}), (200, GOOD))
        options = ["--captioner", endpoint.url, "--model", "m", "--price-in", "1", "--price-out", "200"]
        assert main(["annotate", str(bad), str(take), "--out", str(tmp_path / "out"), *options]) == 2
    told = capsys.readouterr()
    assert len(told.err.splitlines()) == 1
    assert "bad.wav" in told.err
    assert "2 requests, 1000 tokens in and 5 out, 0.0020 in the currency" in told.out
    assert len(endpoint.seen) == 2


@pytest.mark.slow
def test_an_annotation_is_written_before_the_endpoint_is_asked_and_the_cost_is_shown_after_a_stop(
    take: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(_captioner: RemoteCaptioner, *_asked: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(RemoteCaptioner, "caption", stopped)
    options = ["--captioner", "http://127.0.0.1:1/v1", "--model", "m"]
    assert main(["annotate", str(take), "--out", str(tmp_path / "out"), *options]) == 130
    assert "has not answered yet" in json.loads((tmp_path / "out" / "take.json").read_text())["caption_problem"]
    assert "0 requests" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("live", [True, False])
def test_progress_is_one_line_that_names_the_file_on_a_terminal_and_nothing_in_a_pipe(
    take: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, live: bool
) -> None:
    other = take.with_name("other.wav")
    other.write_bytes(take.read_bytes())
    monkeypatch.setattr(sys.stderr, "isatty", lambda: live, raising=False)
    assert main(["annotate", str(take), str(other), "--out", str(tmp_path / "out")]) == 0
    shown = capsys.readouterr().err
    assert "\n" not in shown
    assert shown.replace("\x1b[K", "").split("\r")[1:] == (
        ["1/2 take.wav 100 %", "", "2/2 other.wav 100 %", ""] if live else []
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--captioner", "rulez", "--model", "m"], "is not a captioner"),
        (["--captioner", "http://127.0.0.1:1/v1"], "Specify with --model"),
        (["--film", "film.mp4"], "do not use a film"),
        (["--captioner", "http://127.0.0.1:1/v1", "--model", "m", "--price-in", "-3"], "is not a price"),
    ],
)
def test_options_that_do_not_fit_are_one_line(
    take: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], sentence: str
) -> None:
    try:
        code = main(["annotate", str(take), "--out", str(tmp_path / "out"), *options])
    except SystemExit as left:
        code = left.code
    assert code == 2
    told = capsys.readouterr().err.strip()
    assert sentence in told
    assert len(told.splitlines()) == 1
