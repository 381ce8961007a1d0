from tdome.kernel.ids import Counter


def test_counter_starts_at_one_and_has_no_owner_but_its_own():
    first, second = Counter(), Counter()
    assert first.last == 0
    assert [first.next(), first.next(), second.next(), first.next()] == [1, 2, 1, 3]
    assert first.last == 3
