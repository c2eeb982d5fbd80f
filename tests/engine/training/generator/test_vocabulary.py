"""The names of sounds that a checkpoint brings along."""

from pathlib import Path

import pytest
import torch

from engine.contract.errors import CheckpointError, InvalidInputError
from engine.model.codec.xs import XsFoaVae
from engine.model.conditioning.sound_vocabulary import SoundVocabulary
from engine.model.generator.generator import Generator
from engine.model.specs import TINY, TINY_CODEC
from engine.model.weights.checkpoint import load_model, save_codec, save_generator, save_sound_vocabulary
from engine.scenes.sound_bank import is_held_out, recording_group
from engine.training.cli import main as train
from engine.training.generator.features import reader_of
from engine.training.generator.vocabulary import main, sound_vocabulary, training_rows


def write_table(data: Path) -> list[dict[str, str]]:
    rows = [
        {"path": f"a{n}.wav", "label": f"Thing {n}", "class": "dog" if n % 4 else "kettle", "source": "x",
         "source_id": str(n)}
        for n in range(40)
    ]  # fmt: skip
    data.mkdir(parents=True, exist_ok=True)
    lines = ["\t".join(rows[0])] + ["\t".join(row.values()) for row in rows]
    (data / "sounds.tsv").write_text("\n".join(lines) + "\n")
    return rows


def fake(texts: list[str]) -> torch.Tensor:
    return torch.stack([torch.randn(8, generator=torch.Generator().manual_seed(len(text))) for text in texts])


def test_names_are_of_the_training_side_and_count_by_their_clips(tmp_path: Path) -> None:
    rows = write_table(tmp_path)
    kept = training_rows(tmp_path)
    assert 0 < len(kept) < len(rows)
    assert not any(is_held_out(recording_group(row)) for row in kept)
    sounds = sound_vocabulary(kept, fake)
    weight = dict(zip(sounds.names, sounds.prior.exp().square().tolist(), strict=True))
    clips = {c: sum(row["class"] == c for row in kept) for c in ("dog", "kettle")}
    assert weight["kettle"] == pytest.approx(clips["kettle"], rel=1e-5)
    assert weight["a puppy barking"] == pytest.approx(clips["dog"], rel=1e-5)
    assert "rain" not in weight  # a class without clips is not taught
    assert {row["label"].lower() for row in kept} <= weight.keys()
    held_out = {row["label"].lower() for row in rows} - {row["label"].lower() for row in kept}
    assert held_out.isdisjoint(weight)


def test_the_stage_is_found_under_its_old_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InvalidInputError, match="is missing"):
        train(["names", "--data", str(tmp_path / "data"), "--out", str(tmp_path / "none")])
    assert capsys.readouterr().err == "'names' is now called 'vocabulary'; the old name still works.\n"


def test_the_file_is_loaded_with_the_checkpoint_and_damage_is_told(tmp_path: Path) -> None:
    write_table(tmp_path / "data")
    folder = tmp_path / "checkpoint"
    save_codec(folder / "codec.safetensors", XsFoaVae(TINY_CODEC))
    save_generator(folder / "generator.safetensors", Generator(TINY))
    bare = load_model(folder)
    assert bare.sounds is None
    with pytest.raises(CheckpointError, match="train vocabulary"):
        reader_of(folder)
    main(["--data", str(tmp_path / "data"), "--out", str(folder)])
    loaded = load_model(folder)
    assert loaded.sounds is not None
    assert "dog barking" in loaded.sounds.names
    plain, read = (reader_of(place).encode(["a hound yapping"])[0] for place in (None, folder))
    named = loaded.sounds.embeddings[loaded.sounds.names.index("dog barking")]
    assert float(read @ named) > float(plain @ named) + 0.1
    assert loaded.sha256 != bare.sha256
    assert torch.allclose(loaded.sounds.embeddings.norm(dim=1), torch.ones(len(loaded.sounds.names)), atol=0.02)
    path = folder / "sounds.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match=r"sounds\.safetensors is damaged"):
        load_model(folder)
    save_sound_vocabulary(folder, SoundVocabulary(("dog",), torch.ones(1, 8), torch.zeros(1)))
    with pytest.raises(CheckpointError, match="another text encoder"):
        load_model(folder)


def test_a_table_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"sounds\.tsv is missing"):
        training_rows(tmp_path)
    (tmp_path / "sounds.tsv").write_text("path\tlabel\na.wav\tdog\n")
    with pytest.raises(InvalidInputError, match=r"sounds\.tsv lacks values of class"):
        training_rows(tmp_path)
