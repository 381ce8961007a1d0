import pytest

from tdome.kernel.errors import CausalityError
from tdome.kernel.queue import EventQueue, Phase


def test_phases_are_in_the_order_of_the_house():
    assert Phase.MOVE < Phase.EMIT < Phase.RECEIVE < Phase.DECIDE < Phase.ACT


def test_order_is_time_then_phase_then_first_come():
    queue: EventQueue[str] = EventQueue()
    for time, phase, name in [
        (2, Phase.MOVE, "e"),
        (1, Phase.ACT, "d"),
        (1, Phase.MOVE, "b"),
        (1, Phase.MOVE, "c"),
        (0, Phase.ACT, "a"),
    ]:
        queue.push(time, phase, name)
    assert len(queue) == 5
    assert [queue.pop().payload for _ in range(5)] == ["a", "b", "c", "d", "e"]
    assert len(queue) == 0


def test_payloads_are_never_compared():
    queue: EventQueue[object] = EventQueue()
    for _ in range(9):
        queue.push(1, Phase.MOVE, object())
    assert [queue.pop().sequence for _ in range(9)] == list(range(9))


def test_the_past_is_refused_and_the_present_is_not():
    queue: EventQueue[str] = EventQueue()
    queue.push(-5, Phase.MOVE, "before the first pop there is no past")
    queue.push(10, Phase.RECEIVE, "now")
    queue.pop()
    queue.pop()
    queue.push(10, Phase.RECEIVE, "same phase")
    queue.push(10, Phase.DECIDE, "later phase")
    with pytest.raises(CausalityError, match=r"10 ns EMIT pushed after 10 ns RECEIVE"):
        queue.push(10, Phase.EMIT, "earlier phase")
    with pytest.raises(CausalityError):
        queue.push(9, Phase.ACT, "earlier time")
    assert len(queue) == 2


def test_an_empty_queue_has_nothing_to_pop():
    with pytest.raises(IndexError):
        EventQueue[int]().pop()
