"""The credits in a model card are those of the training side, each source with all its licences."""

from pathlib import Path

import pytest

from engine.contract.errors import EngineError
from engine.scenes.sound_bank import is_held_out, recording_group
from engine.training.pool.credits import main, section
from tests.engine.scenes.test_tables import with_second_pack


def row(number: int, licence: str = "CC0-1.0", by: str = "") -> dict[str, str]:
    return {
        "path": f"{number}.wav", "source": "Field", "source_id": str(number), "seconds": "30",
        "licence": licence, "attribution": by,
    }  # fmt: skip


def test_sources_have_their_clips_minutes_licences_and_people() -> None:
    sides = [is_held_out(recording_group(row(n))) for n in range(60)]
    here = [n for n, held_out in enumerate(sides) if not held_out][:3]
    there = sides.index(True)
    first, second, third = here
    rows = [row(first, "CC-BY", "Ann"), row(second, "CC0-1.0", "Bob | Co"), row(third, "", "Ann"), row(there, "secret")]
    text = section(rows)
    assert "3 of 4 clips (2 minutes)" in text
    assert "| Field | 3 | 1.5 | CC-BY; CC0-1.0; not stated |" in text
    assert "- Field: Ann; Bob | Co" in text
    assert "secret" not in text


def test_both_packs_are_credited(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = with_second_pack(tmp_path / "data")
    main(["--data", str(data)])
    said = capsys.readouterr().out
    assert "| Test |" in said
    assert "| there | 3 | 0.0 | CC0-1.0 |" in said
    main(["--data", str(data), "--out", str(tmp_path / "credits.md")])
    assert (tmp_path / "credits.md").read_text() == said


def test_the_tables_are_not_written_over(tmp_path: Path) -> None:
    data = with_second_pack(tmp_path / "data")
    with pytest.raises(EngineError):
        main(["--data", str(data), "--out", str(data / "sounds2.tsv")])
