import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tdome.kernel.ids import Counter, rows_of


def test_counter_starts_at_one_and_has_no_owner_but_its_own():
    first, second = Counter(), Counter()
    assert first.last == 0
    assert [first.next(), first.next(), second.next(), first.next()] == [1, 2, 1, 3]
    assert first.last == 3


@given(st.lists(st.integers(-3, 9)), st.lists(st.integers(-3, 9)))
def test_rows_of_is_where_each_id_stands_first(ids: list[int], wanted: list[int]) -> None:
    rows = rows_of(np.array(ids, np.int32), np.array(wanted, np.int32))
    assert rows.tolist() == [ids.index(one) if one in ids else -1 for one in wanted]
