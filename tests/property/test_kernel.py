import tomllib

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tdome.kernel.clock import nanoseconds, seconds
from tdome.kernel.journal import JournalWriter, Record, hash_of, read_journal
from tdome.kernel.queue import EventQueue, Phase
from tdome.kernel.random import Streams, philox4x64, uniform1
from tdome.kernel.toml_lines import lines_of_keys

WORDS = st.integers(0, 2**64 - 1)


@given(st.tuples(WORDS, WORDS), st.tuples(WORDS, WORDS, WORDS, WORDS))
def test_philox_has_the_bits_of_numpys(key, counter):
    out = np.empty(4, dtype=np.uint64)
    philox4x64(*(np.uint64(word) for word in (*key, *counter)), out)
    before = (sum(word << (64 * n) for n, word in enumerate(counter)) - 1) % 2**256
    start = [(before >> (64 * n)) % 2**64 for n in range(4)]
    numpys = np.random.Philox(key=np.array(key, np.uint64), counter=np.array(start, np.uint64))
    assert out.tolist() == numpys.random_raw(4).tolist()


@given(WORDS, WORDS)
def test_uniform_is_open_and_keeps_the_order_of_words(a, b):
    low, high = sorted((a, b))
    assert 0.0 < uniform1(np.uint64(low)) <= uniform1(np.uint64(high)) < 1.0


@given(st.integers(), st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_streams_are_equal_only_for_equal_names(seed, names, others):
    same = (Streams(seed)(*names).key == Streams(seed)(*others).key).all()
    assert same == (names == others)


@given(st.integers(-(2**52), 2**52))
def test_nanoseconds_come_back(ns):
    assert nanoseconds(seconds(ns)) == ns


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(Phase))))
def test_queue_is_a_stable_sort(keys):
    queue: EventQueue[int] = EventQueue()
    for n, (time, phase) in enumerate(keys):
        queue.push(time, phase, n)
    popped = [queue.pop() for _ in keys]
    assert [event.payload for event in popped] == sorted(range(len(keys)), key=keys.__getitem__)


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(Phase), st.booleans())))
def test_pops_never_run_backwards_whatever_is_pushed_between(steps):
    queue: EventQueue[None] = EventQueue()
    now = (0, Phase.MOVE)
    for delay, phase, pops in steps:
        queue.push(now[0] + 1 + delay, phase, None)
        if pops:
            event = queue.pop()
            assert (event.time, event.phase) >= now
            now = (event.time, event.phase)


TIMES = st.integers(0, 2**63 - 1)
MESSAGES = st.lists(st.tuples(st.text(max_size=5), TIMES, TIMES, st.binary(max_size=60)))


@given(messages=MESSAGES)
@settings(max_examples=50)
def test_journals_come_back(tmp_path_factory, messages):
    path = tmp_path_factory.mktemp("journal") / "j.mcap"
    counts: dict[str, int] = {}
    expected = []
    with JournalWriter(path) as writer:
        for topic, log_time, publish_time, payload in messages:
            counts[topic] = counts.get(topic, 0) + 1
            expected.append(Record(topic, log_time, publish_time, counts[topic], payload))
            writer.append(topic, log_time, publish_time, payload)
    reader = read_journal(path)
    assert list(reader) == expected
    assert reader.complete
    assert hash_of(path) == writer.hexdigest()


# A writer of random TOML, in all its forms; values say nothing here, only places do.

NAMES = st.sampled_from(["a", "b-1", "3", "'c d'", '"e.\\"#\\u00e9"', '"]"'])
SPACES = st.sampled_from(["", " ", "\t "])
PLAIN = ["1", "-inf", "true", "1979-05-27 07:32:00", "0.5e3", "''", "'#]'", '"\\"]}#"']
LONG = ["'''\n'''", '"""\\"""\n"x\\\\"""', '"""a"""""', "''''a'''''"]
SCALARS = st.sampled_from(PLAIN + LONG)
GAPS = st.sampled_from(["", " ", "\n", " # note ] } = [\n", "\n\n  "])


@st.composite
def inline(draw, depth=2):
    kind = draw(st.sampled_from(["scalar", "list", "table"])) if depth else "scalar"
    if kind == "list":
        items = draw(st.lists(st.tuples(GAPS, inline(depth - 1), GAPS), max_size=3))
        inner = ",".join(before + item + after for before, item, after in items)
        end = draw(st.sampled_from(["", ",", ",\n"])) if items else draw(GAPS)
        return f"[{inner}{end}]"
    if kind == "table":
        names = draw(st.lists(NAMES, max_size=3, unique=True))
        pairs = [f"{name}{draw(SPACES)}= {draw(inline(depth - 1))}" for name in names]
        return "{" + draw(SPACES) + ", ".join(pairs) + draw(SPACES) + "}"
    return draw(SCALARS)


@st.composite
def documents(draw):
    lines = []
    for _ in range(draw(st.integers(0, 6))):
        dotted = (
            draw(SPACES).join(["", ".", ""]).join(draw(st.lists(NAMES, min_size=1, max_size=3)))
        )
        form = draw(st.sampled_from(["{} = {}", "[{}]", "[ {}]", "[[{}]]", "[[{} ]]", "# [{}]"]))
        lines.append(form.format(dotted, draw(inline())) + draw(st.sampled_from(["", " # = ["])))
    return draw(st.sampled_from(["\n", "\r\n", "\n\n"])).join(lines)


def paths(value, path=()):
    if path:
        yield path
    children = []
    if isinstance(value, dict):
        children = value.items()
    elif isinstance(value, list):
        children = enumerate(value)
    for step, inner in children:
        yield from paths(inner, (*path, step))


@given(documents())
@settings(max_examples=400)
def test_the_scanner_finds_exactly_the_keys_that_tomllib_does(text):
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # made at random: a key may be there twice
    lines = lines_of_keys(text)
    assert set(lines) == set(paths(document))
    written = text.split("\n")
    for path, line in lines.items():
        if isinstance(path[-1], str) and path[-1] in {"a", "b-1", "3"}:
            assert path[-1] in written[line - 1]
