"""Threads that share pieces of work: each piece once, faults are heard, nothing stays behind."""

import threading

import pytest

from tdome.kernel.crew import Crew


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("pieces", [0, 1, 2, 7, 100])
def test_each_piece_is_done_once(workers, pieces):
    done = [0] * pieces

    def work(piece):
        done[piece] += 1

    with Crew(workers) as crew:
        crew.each(work, pieces)
        crew.each(work, pieces)
    assert done == [2] * pieces


def test_two_pieces_are_done_at_the_same_time():
    meeting = threading.Barrier(2, timeout=20.0)
    with Crew(2) as crew:
        crew.each(lambda _: meeting.wait() and None, 2)  # one thread would wait for itself


def test_one_worker_is_the_caller_itself():
    names = set()
    with Crew(1) as crew:
        crew.each(lambda _: names.add(threading.current_thread().name), 3)
    assert names == {threading.current_thread().name}


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("bad", [0, 5, 49])
def test_a_fault_in_a_piece_is_raised_and_ends_the_step(workers, bad):
    begun = []

    def work(piece):
        begun.append(piece)
        if piece == bad:
            raise RuntimeError("broken")

    with Crew(workers) as crew:
        with pytest.raises(RuntimeError, match="broken"):
            crew.each(work, 50)
        again = []
        crew.each(again.append, 4)  # the crew goes on
    assert len(begun) == len(set(begun))
    assert sorted(again) == [0, 1, 2, 3]


def test_threads_end_with_the_crew():
    before = threading.active_count()
    with Crew(4) as crew:
        crew.each(lambda _: None, 20)
    assert threading.active_count() == before


def test_no_crew_of_none():
    with pytest.raises(ValueError, match="0 workers"):
        Crew(0)
