"""What edits, undo, saving and opening cost in a large scene: 32 lanes, 500 blocks, 2 hours. Run it by hand:

    python -m tests.benchmarks.bench_scene [--lanes 32] [--blocks 500] [--hours 2] [--edits 20000]

Limits: an edit with its undo 50 ms, opening 2 s, and memory that does not grow with the number of edits. Ratios compare
with one check of the whole scene (`dataclasses.replace`) in the same run: compare those between machines. Edits are
measured in processor time, files in time on the clock.
"""

import argparse
import gc
import random
import statistics
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

from app.project.media import broken_links
from app.project.open_project import OpenProject
from app.project.recovery import RecoveryStore
from engine.contract.errors import SceneError
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.edits.lanes import rename_lane
from engine.contract.scene.edits.takes import add_take
from engine.contract.scene.history import History
from engine.contract.scene.recipe import SceneTake
from engine.contract.scene.scene import Scene
from engine.project.project_file import ProjectText, read_project, write_project
from tests.engine.contract.scene.scenes import EDITS, large_scene


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lanes", type=int, default=32)
    parser.add_argument("--blocks", type=int, default=500)
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--edits", type=int, default=20_000)
    args = parser.parse_args()
    scene = large_scene(args.lanes, args.blocks, args.hours)
    print(f"{len(scene.lanes)} lanes, {sum(1 for _ in scene.blocks())} blocks, {args.hours:g} h")
    check_ms = statistics.median(_ms(lambda: replace(scene)) for _ in range(50))
    print(f"check of the whole scene: {check_ms:.3f} ms (the unit of the ratios)")
    _edits(scene, check_ms)
    _takes(scene, check_ms)
    _memory(scene, args.edits)
    _memory_of_undo(scene, args.edits // 2)
    _files(scene, check_ms)


def _ms(does: object) -> float:
    began = time.perf_counter()
    does()  # type: ignore[operator]
    return 1e3 * (time.perf_counter() - began)


def _edits(scene: Scene, check_ms: float) -> None:
    """Every edit, with the step of undo, its undo and its redo."""
    rng, history = random.Random(0), History(scene)
    worst, medians = 0.0, []
    for edit in EDITS:
        times = []
        for _ in range(400):
            began = time.process_time()
            try:
                history.done(edit(scene, rng)).undone().redone()
            except SceneError:
                continue
            times.append(1e3 * (time.process_time() - began))
        if times:
            worst = max(worst, *times)
            medians.append(statistics.median(times))
    most = max(medians)
    print(f"an edit, done, undone and redone: at most {worst:.2f} ms (limit 50), {len(medians)} kinds of edits,")
    print(f"  median of the slowest kind {most:.2f} ms, ratio {most / check_ms:.1f}")


def _takes(scene: Scene, check_ms: float) -> None:
    """A take for every generated block arrives while undo has 200 steps."""
    history, times = History(scene), []
    for number in range(210):
        history = history.done(rename_lane(history.scene, 1 + number % len(scene.lanes), f"Lane {number}"))
    before = _resident_mb()
    for block in scene.blocks():
        if isinstance(block, GeneratedBlock):
            take = SceneTake(f"made-{block.block_id}", block.recipe)
            began = time.process_time()
            history = history.amended(partial(add_take, block_id=block.block_id, take=take))
            times.append(1e3 * (time.process_time() - began))
    median = statistics.median(times)
    print(f"a take that arrives, with 200 steps of undo: {median:.1f} ms (limit 50), ratio {median / check_ms:.0f};")
    print(f"  {len(times)} takes take {_resident_mb() - before:.1f} MB")


def _resident_mb() -> float:
    gc.collect()
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def _memory(scene: Scene, edits: int) -> None:
    """Resident memory over many edits, in four parts."""
    rng, history, seen, done = random.Random(1), History(scene), [], 0
    for _ in range(4):
        for _try in range(edits // 4):
            try:
                change = rng.choice(EDITS)(history.scene, rng)
            except SceneError:
                continue
            if sum(1 for _ in change.scene.blocks()) <= 600 and len(change.scene.lanes) >= 16:
                history = history.done(change)
                done += 1
        seen.append(_resident_mb())
    print(
        f"{done} edits made of {edits} tried, resident memory in MB by quarter: {', '.join(f'{mb:.1f}' for mb in seen)}"
    )


def _memory_of_undo(scene: Scene, edits: int) -> None:
    """Resident memory before and after edits that are made and undone, each with a second undo and redo at times."""
    rng, history, done = random.Random(2), History(scene), 0
    for number in range(500):  # undo is full, and caches are
        history = history.done(rename_lane(history.scene, 1 + number % len(scene.lanes), f"Lane {number}"))
    before = _resident_mb()
    while done < edits:
        try:
            history = history.done(rng.choice(EDITS)(history.scene, rng))
        except SceneError:
            continue
        done += 1
        history = history.undone()
        if rng.random() < 0.1:
            history = history.undone().redone()
    after = _resident_mb()
    print(f"{done} edits, each made and undone: resident memory {before:.1f} MB before, {after:.1f} MB after")


def _files(scene: Scene, check_ms: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.swan"
        save_ms = statistics.median(_ms(lambda: write_project(path, scene)) for _ in range(5))
        read_ms = statistics.median(_ms(lambda: read_project(path)) for _ in range(5))
        text = ProjectText(path.parent)
        text.of(scene)
        changed = replace(scene, lanes=(replace(scene.lanes[0], gain_db=-1.0), *scene.lanes[1:]))
        again_ms = _ms(lambda: text.of(changed))
        links_ms = _ms(lambda: broken_links(scene))
        print(f"{path.stat().st_size / 1e6:.2f} MB: saved in {save_ms:.0f} ms, ratio {save_ms / check_ms:.0f}")
        print(f"  opened in {read_ms:.0f} ms (limit 2000), ratio {read_ms / check_ms:.0f}; links {links_ms:.0f} ms")
        print(f"  text for autosave after an edit: {again_ms:.2f} ms, ratio {again_ms / check_ms:.1f}")
        project = OpenProject.read(path, RecoveryStore(Path(folder) / "recovery"), print)
        project.close()


if __name__ == "__main__":
    main()
