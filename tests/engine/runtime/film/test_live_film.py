from engine.runtime.film.live_film import FilmLateness


def test_lateness_is_told_once_and_so_is_its_end():
    lateness = FilmLateness()
    assert [lateness.note(0.25) for _ in range(5)] == [None] * 5
    told = lateness.note(1.0)
    assert told.lasts
    assert [lateness.note(3.0) for _ in range(5)] == [None] * 5
    well = [lateness.note(0.0) for _ in range(40)]
    (over,) = [notice for notice in well if notice is not None]
    assert over.topic == told.topic
    assert not over.lasts
    assert lateness.note(1.0).message == told.message


def test_another_film_takes_the_notice_away():
    lateness = FilmLateness()
    assert lateness.forget() is None
    told = lateness.note(2.0)
    over = lateness.forget()
    assert (over.topic, over.message) == (told.topic, "")
    assert lateness.forget() is None
