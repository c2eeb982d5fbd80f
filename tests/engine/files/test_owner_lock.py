import os

import pytest

from engine.files import owner_lock
from engine.files.owner_lock import OwnerLock


def test_many_may_share_and_one_alone_has_it(tmp_path):
    path = tmp_path / "owner.lock"
    first = OwnerLock(path, shared=True, fresh=True)
    second = OwnerLock(path, shared=True)
    with pytest.raises(BlockingIOError):
        OwnerLock(path)
    first.release()
    with pytest.raises(BlockingIOError):
        OwnerLock(path)
    second.release()
    second.release()
    alone = OwnerLock(path)
    with pytest.raises(BlockingIOError):
        OwnerLock(path, shared=True)
    alone.release()


def test_a_lock_is_made_afresh_and_never_through_a_link(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("link", "missing"):
        with pytest.raises(OSError):  # noqa: PT011  (no such file, or too many links)
            OwnerLock(tmp_path / name)
    (tmp_path / "there").touch()
    with pytest.raises(FileExistsError):
        OwnerLock(tmp_path / "there", fresh=True)
    assert not (tmp_path / "elsewhere").exists()


def test_where_there_are_no_locks_it_says_so_and_leaves_nothing_open(tmp_path, monkeypatch):
    monkeypatch.setattr(owner_lock, "fcntl", None)
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    lock = OwnerLock(tmp_path / "owner.lock", fresh=True)
    other = OwnerLock(tmp_path / "owner.lock")
    assert not lock.works
    assert not other.works
    lock.release()
    other.release()
    assert before in (0, len(os.listdir("/proc/self/fd")) if before else 0)
