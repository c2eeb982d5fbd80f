"""The codec's figures on held-out scenes, beside the linear baseline."""

from pathlib import Path

import pytest
import torch

from engine.model.codec.xs import XsFoaVae
from engine.model.specs import TINY_CODEC
from engine.scenes.composer import SceneOptions
from engine.scenes.store import SHARD_SCENES, SceneStore, compose_store
from engine.training.codec.ablation import measure as ablation_figures
from engine.training.codec.evaluate import measure
from engine.training.codec.variants import Variant, VariantCodec
from tests.engine.scenes.small_data import write_sounds


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sounds(tmp_path_factory.mktemp("data"))


def test_the_codec_is_measured_on_a_store(data: Path, tmp_path: Path) -> None:
    options = SceneOptions(seconds=2.0, counts=(0.2, 0.5, 0.3))
    compose_store(data, tmp_path / "cache", tmp_path / "scenes", SHARD_SCENES, options, seed=3)
    store = SceneStore(tmp_path / "scenes")
    torch.manual_seed(0)
    figures = measure(XsFoaVae(TINY_CODEC).eval(), store, store, 12)
    for kind in ("one", "several"):
        assert figures[kind].keys() >= {"log_mel_w_db", "log_mel_all_db", "level_db", "doa_shift_deg", "pca_16_db"}
        assert figures[kind]["pca_64_db"] < figures[kind]["pca_1_db"]
    kept = ablation_figures(VariantCodec(Variant("ratio", "levels")).eval(), store, 12)
    assert set(kept) == {"log_mel_w_db", "log_mel_all_db", "level_db", "doa_one_deg", "doa_several_deg"}
