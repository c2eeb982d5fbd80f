import threading

from engine.runtime.processes.mailbox import Mailbox


def test_only_the_newest_is_there_and_versions_grow():
    box = Mailbox("a")
    assert box.latest() == (0, "a")
    assert [box.put(value) for value in "bcd"] == [1, 2, 3]
    assert box.latest() == (3, "d")


def test_a_version_that_arrives_late_is_ignored():
    box = Mailbox("a")
    box.put_version(5, "five")
    box.put_version(4, "four")
    assert box.latest() == (5, "five")


def test_many_threads_get_versions_of_their_own():
    box = Mailbox(0)
    versions: list[int] = []

    def put() -> None:
        versions.extend(box.put(0) for _ in range(200))

    threads = [threading.Thread(target=put) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(versions) == list(range(1, 801))
