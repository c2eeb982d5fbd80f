import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from engine.contract.errors import ExportError
from engine.files.owned_folder import OwnedFolder, sweep_dead
from engine.files.staging import Staging, folder_for_outputs, whole_file, whole_folder, write_texts


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def fail_while_writing(out: Path) -> None:
    with whole_file(out) as staged:
        staged.write_bytes(b"half")
        raise ZeroDivisionError


def fail_while_filling(out: Path) -> None:
    with whole_folder(out) as staged:
        (staged / "half.html").write_text("half")
        raise ZeroDivisionError


def test_a_file_takes_its_name_at_the_end(tmp_path):
    out = tmp_path / "take.wav"
    with whole_file(out) as staged:
        staged.write_bytes(b"new")
        assert staged.suffix == ".wav"
        assert not out.exists()
    assert out.read_bytes() == b"new"
    assert names(tmp_path) == ["take.wav"]


def test_a_failure_leaves_the_earlier_file(tmp_path):
    out = tmp_path / "take.wav"
    out.write_bytes(b"yesterday")
    with pytest.raises(ZeroDivisionError):
        fail_while_writing(out)
    assert out.read_bytes() == b"yesterday"
    assert names(tmp_path) == ["take.wav"]


@pytest.mark.parametrize("second_is", ["folder", "never written"])
def test_all_or_none_take_their_names(tmp_path, second_is):
    first, fresh, second = tmp_path / "field.wav", tmp_path / "fresh.json", tmp_path / "ears.wav"
    first.write_bytes(b"yesterday")
    with Staging() as staging:
        staging.add_file(first).write_bytes(b"today")
        staging.add_file(fresh).write_bytes(b"today")
        staged = staging.add_file(second)
        if second_is == "folder":
            staged.write_bytes(b"today")
            (second / "in the way").mkdir(parents=True)
        with pytest.raises(ExportError, match=r"ears\.wav"):
            staging.commit()
    assert first.read_bytes() == b"yesterday"
    assert not fresh.exists()
    assert (second / "in the way").exists() == (second_is == "folder")


def test_a_name_may_have_all_255_bytes(tmp_path):
    out = tmp_path / ("n" * 251 + ".wav")
    write_texts({out: "text"})
    assert out.read_text() == "text"
    with pytest.raises(ExportError, match="too long"):
        write_texts({tmp_path / ("n" * 252 + ".wav"): "text"})


def test_a_link_is_written_through(tmp_path):
    target, link = tmp_path / "own.wav", tmp_path / "link.wav"
    target.write_text("before")
    link.symlink_to(target)
    write_texts({link: "after"})
    assert link.is_symlink()
    assert target.read_text() == "after"


def test_the_mode_of_the_earlier_file_stays(tmp_path):
    out = tmp_path / "private.txt"
    out.write_text("before")
    out.chmod(0o600)
    write_texts({out: "after"})
    assert out.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("place", ["missing/out.wav", "a folder"])
def test_a_place_that_cannot_be_written_is_told_before_the_work(tmp_path, place):
    (tmp_path / "a folder").mkdir()
    with pytest.raises(ExportError, match=r"out\.wav|a folder"), Staging() as staging:
        staging.add_file(tmp_path / place)


def test_a_folder_is_replaced_whole(tmp_path):
    out = tmp_path / "page"
    out.mkdir()
    (out / "old.html").write_text("old")
    with whole_folder(out) as staged:
        (staged / "new.html").write_text("new")
    assert names(out) == ["new.html"]
    with pytest.raises(ZeroDivisionError):
        fail_while_filling(out)
    assert names(out) == ["new.html"]
    assert names(tmp_path) == ["page"]


def test_folders_of_killed_processes_are_swept_and_those_of_living_ones_stay(tmp_path):
    code = (
        "import os, sys; from pathlib import Path; from engine.files.owned_folder import OwnedFolder\n"
        "owned = OwnedFolder(Path(sys.argv[1])); print(owned.path, flush=True); os.kill(os.getpid(), 9)"
    )
    with OwnedFolder(tmp_path) as alive:
        command = [sys.executable, "-c", code, tmp_path]
        told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        dead = Path(told.strip())
        (dead / "half.wav").write_bytes(b"half")
        (dead / "page").mkdir()
        (dead / "page" / "half.html").write_bytes(b"half")
        never_locked = tmp_path / alive.path.name.replace(alive.path.name[-4:], "0000")
        never_locked.mkdir()
        strangers = [tmp_path / ".swansphere-notes", tmp_path / (alive.path.name + "-notes")]
        for stranger in strangers:
            stranger.mkdir()
        assert sweep_dead(tmp_path) == 2
        assert names(tmp_path) == sorted(folder.name for folder in (alive.path, *strangers))
    assert names(tmp_path) == sorted(stranger.name for stranger in strangers)


def test_the_first_folder_that_a_process_makes_in_a_place_sweeps_it(tmp_path):
    code = (
        "import os, sys; from pathlib import Path; from engine.files.staging import Staging\n"
        "staging = Staging(); staging.add_file(Path(sys.argv[1])).write_bytes(b'half'); os.kill(os.getpid(), 9)"
    )
    out = tmp_path / "take.wav"
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code, out], check=False)
        assert len(names(tmp_path)) == 1
    write_texts({out: "whole"})
    assert names(tmp_path) == ["take.wav"]


def test_two_outputs_of_one_name_are_refused(tmp_path):
    with Staging() as staging:
        staging.add_file(tmp_path / "a.wav")
        with pytest.raises(ExportError, match="same name"):
            staging.add_file(tmp_path / "." / "sub" / ".." / "a.wav")


def test_a_text_may_be_asked_for_first_and_written_last(tmp_path):
    report = tmp_path / "report.json"
    with Staging() as staging:
        staging.add_file(report)
        staging.write_text(report, "{}")
        staging.write_text(tmp_path / "notes.txt", "notes")
        staging.commit()
    assert (report.read_text(), names(tmp_path)) == ("{}", ["notes.txt", "report.json"])


def write_no_more(staging: Staging, out: Path) -> None:
    with staging:
        staging.add_file(out)
        with open("/dev/full", "wb", buffering=0) as full:
            full.write(b"one byte too many")


def write_below(staging: Staging, out: Path) -> None:
    with staging:
        folder = staging.add_folder(out)
        write_texts({folder / "not made" / "page.html": "text"})


@pytest.mark.parametrize(
    ("work", "told"), [(write_no_more, "disk is full"), (write_below, r"page/not made/page\.html")]
)
def test_errors_name_what_was_asked_for_and_no_hidden_folder(tmp_path, work, told):
    with pytest.raises(ExportError, match=told) as raised:
        work(Staging(), tmp_path / "page")
    assert str(tmp_path / "page") in str(raised.value)
    assert ".swansphere" not in str(raised.value)
    assert names(tmp_path) == []


def test_an_error_about_another_file_stays_what_it_is(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"input\.wav"), whole_file(tmp_path / "out.wav"):
        (tmp_path / "input.wav").read_bytes()


def test_a_folder_whose_new_self_never_came_is_given_back(tmp_path):
    code = (
        "import os, sys; from pathlib import Path; from engine.files import staging\n"
        "page = Path(sys.argv[1])\n"
        "with staging.whole_folder(page) as staged:\n"
        "    (staged / 'new.html').write_text('new')\n"
        "    replace = os.replace\n"
        "    def die(*names): replace(*names); os.kill(os.getpid(), 9)\n"
        "    staging.os.replace = die\n"
    )
    page = tmp_path / "page"
    page.mkdir()
    (page / "old.html").write_text("old")
    subprocess.run([sys.executable, "-c", code, page], check=False)
    assert not page.exists()
    assert sweep_dead(tmp_path) == 1
    assert names(tmp_path) == ["page"]
    assert names(page) == ["old.html"]


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="needs a second disk")
def test_outputs_on_two_disks_take_their_names_together(tmp_path):
    with tempfile.TemporaryDirectory(dir="/dev/shm") as second:
        field, ears = tmp_path / "field.wav", Path(second) / "ears.wav"
        assert os.stat(tmp_path).st_dev != os.stat(second).st_dev
        write_texts({field: "field", ears: "ears"})
        assert (field.read_text(), ears.read_text()) == ("field", "ears")
        assert names(Path(second)) == ["ears.wav"]


def failing(folder, *made):
    with folder_for_outputs(folder):
        assert folder.is_dir()
        for name in made:
            (folder.parent / name).write_text("someone else's")
        raise ExportError("no")


def test_a_folder_made_for_outputs_that_never_came_goes_again(tmp_path):
    (tmp_path / "old").mkdir()
    for folder in (tmp_path / "new" / "inner", tmp_path / "old"):
        with pytest.raises(ExportError, match="no"):
            failing(folder)
    assert names(tmp_path) == ["old"]
    with pytest.raises(ExportError, match="no"):
        failing(tmp_path / "new" / "inner", "kept.wav")
    assert names(tmp_path / "new") == ["kept.wav"]
    with folder_for_outputs(tmp_path / "good"):
        pass
    assert (tmp_path / "good").is_dir()
