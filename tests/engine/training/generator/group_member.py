"""One of several processes of a run, as torchrun starts them: `group_member.py FOLDER`, where its findings go."""

import json
import sys
from pathlib import Path

import torch

from engine.model.generator.generator import Generator
from engine.model.specs import TINY
from engine.training.generator.data import Dropout, FeaturePool
from engine.training.generator.loss import FlowObjective
from engine.training.generator.train import fit, parse_options
from engine.training.loop.parallel import ProcessGroup, gathering, process_group
from tests.engine.training.generator.tiny_features import write_features

BATCH, PARTS = 2, 2


def gradients_of(members: ProcessGroup, folder: Path, *, shared: bool = True) -> dict[str, torch.Tensor]:
    """Return the gradients of a step of two parts, as the group averages them on the way or afterwards."""
    torch.manual_seed(0)
    model = Generator(TINY)
    for parameter in model.parameters():  # layers that begin as nothing would hide what is before them
        parameter.data.add_(0.02 * torch.randn_like(parameter))
    objective: torch.nn.Module = FlowObjective(model)
    if shared:
        objective = members.share(objective)
    pool, generator = FeaturePool(folder / "features"), torch.Generator()
    for part in range(PARTS):
        generator.manual_seed(members.seed(3, part))
        patches, conditions = pool.draw(BATCH, generator, Dropout(), patches=8)
        with gathering(objective, last=part == PARTS - 1):
            (objective(patches, conditions, generator) / PARTS).backward()
    if not shared:
        members.average_gradients(model)
    return {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


def alone_in_turn(size: int, folder: Path) -> dict[str, torch.Tensor]:
    """Return what one process finds for the mean over the batches of all."""

    class Each(ProcessGroup):
        def share(self, model: torch.nn.Module) -> torch.nn.Module:
            return model

    found = [gradients_of(Each(rank, size), folder) for rank in range(size)]
    return {name: torch.stack([f[name] for f in found]).mean(0) for name in found[0]}


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    with process_group("cpu") as members:
        if members.leads:
            write_features(folder / "features")
        members.mean(0.0)  # the others wait
        together, apart = gradients_of(members, folder), alone_in_turn(members.size, folder)
        ours = gradients_of(ProcessGroup(), folder)
        afterwards = gradients_of(members, folder, shared=False)
        line = members.mean_of_each({"both": 1.0 + 2.0 * members.rank} | ({"leader": 5.0} if members.leads else {}))
        largest = max(float(g.abs().max()) for g in apart.values())
        off = max(float((g[name] - apart[name]).abs().max()) for g in (together, afterwards) for name in apart)
        single = max(float((ours[name] - apart[name]).abs().max()) for name in apart)
        for run, extra in (("whole", []), ("divided", ["--shard", "--checkpoint-activations"])):
            if members.leads:
                write_features(folder / run / "features")
            members.mean(0.0)
            for steps in ("1", "2"):  # the second goes on from the first one's file
                told = ["--runs", str(folder / run), "--spec", "TINY", "--batch", "2", "--accumulate", "2"]
                fit(parse_options([*told, "--total-steps", steps, *extra]), members)
                members.mean(0.0)  # the file is whole before it is read
        if members.leads:
            found = {"largest": largest, "off": off, "single": single, "line": line}
            (folder / "found.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
