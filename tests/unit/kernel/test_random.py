import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from math import sqrt

import numpy as np
import pytest

from tdome.kernel.random import Streams, normals2, object_key, philox4x64, uniform1

TOP = np.uint64(2**64 - 1)
KEYS = [(0, 0), (1, 2), (2**64 - 1, 2**64 - 1), (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)]


def block(key, counter):
    out = np.empty(4, dtype=np.uint64)
    philox4x64(*(np.uint64(word) for word in (*key, *counter)), out)
    return out


def numpy_block(key, counter):
    """NumPy adds 1 to the 256-bit counter before it makes a block, so start one lower."""
    number = sum(word << (64 * n) for n, word in enumerate(counter))
    before = (number - 1) % 2**256
    words = [(before >> (64 * n)) % 2**64 for n in range(4)]
    return np.random.Philox(
        key=np.array(key, np.uint64), counter=np.array(words, np.uint64)
    ).random_raw(4)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("counter", [(0, 0, 0, 0), (1, 0, 0, 0), (5, 6, 7, 8), (2**64 - 1,) * 4])
def test_philox_has_the_bits_of_numpys(key, counter):
    assert block(key, counter).tolist() == numpy_block(key, counter).tolist()


def test_philox_known_answers():
    """Random123 1.09, kat_vectors: philox4x64 with 10 rounds."""
    assert [hex(word) for word in block((0, 0), (0, 0, 0, 0))] == [
        "0x16554d9eca36314c",
        "0xdb20fe9d672d0fdc",
        "0xd7e772cee186176b",
        "0x7e68b68aec7ba23b",
    ]


def test_philox_also_takes_signed_counters_of_columns():
    out = np.empty(4, dtype=np.uint64)
    philox4x64(np.uint64(1), np.uint64(2), np.int64(3), 4, np.int32(5), np.uint64(6), out)
    assert out.tolist() == block((1, 2), (3, 4, 5, 6)).tolist()


def test_philox_has_the_same_bits_with_the_jit_off():
    script = (
        "import numpy as np; from tdome.kernel.random import Streams, normals2\n"
        "s = Streams(7)('a'); print(s.draw(1, 2**62).tolist(), normals2(*s.key))"
    )

    def run(**environment):
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", script],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    stream = Streams(7)("a")
    expected = (stream.draw(1, 2**62).tolist(), normals2(*stream.key))
    values = run(NUMBA_DISABLE_JIT="1").split(" (")
    assert values[0] == str(expected[0])
    interpreted = [float(value) for value in values[1].strip(")\n").split(", ")]
    np.testing.assert_allclose(interpreted, expected[1], rtol=1e-15)


def test_uniform_never_reaches_its_ends():
    low, high = uniform1(np.uint64(0)), uniform1(TOP)
    assert low == 2.0**-53
    assert high == 1.0 - 2.0**-53


def test_uniforms_and_normals_have_their_moments():
    words = np.random.Philox(key=11).random_raw(200_000)
    n = len(words)
    u = np.array([uniform1(word) for word in words])
    z = np.array([normals2(a, b) for a, b in words.reshape(-1, 2)]).ravel()
    # five standard deviations of each estimate
    assert abs(u.mean() - 0.5) < 5 * sqrt(1 / 12 / n)
    assert abs(u.var() - 1 / 12) < 5 * sqrt(1 / 180 / n)
    assert abs(z.mean()) < 5 / sqrt(n)
    assert abs(z.var() - 1) < 5 * sqrt(2 / n)
    assert abs((z**3).mean()) < 5 * sqrt(15 / n)
    assert abs((z**4).mean() - 3) < 5 * sqrt(96 / n)
    assert abs(np.corrcoef(z[::2], z[1::2])[0, 1]) < 5 / sqrt(n / 2)
    share, expected = (np.abs(z) > 3).mean(), 0.0026998
    assert abs(share - expected) < 5 * sqrt(expected / n)


def test_normals_are_bounded_and_finite_at_the_ends():
    largest = max(abs(x) for a in (np.uint64(0), TOP) for x in normals2(a, np.uint64(0)))
    assert 8.5 < largest < 8.6
    assert np.isfinite(normals2(TOP, TOP)).all()
    assert 0 < normals2(TOP, np.uint64(0))[0] < 2e-8


def test_streams_depend_on_seed_and_names_only():
    first = Streams(3)
    a1, b1 = first("a").key.tolist(), first("b").key.tolist()
    second = Streams(3)
    b2, a2 = second("b").key.tolist(), second("a").key.tolist()
    assert (a1, b1) == (a2, b2)
    assert a1 != b1
    assert Streams(4)("a").key.tolist() != a1


def test_streams_of_a_name_are_pinned():
    """A change here changes every study that was ever made: then say so in the changelog."""
    assert Streams(1)("world", "radar-3", "noise").key.tolist() == [
        16369289820460145571,
        17802083725848434881,
    ]


def test_names_are_not_glued_together():
    streams = Streams(1)
    names = [
        ("ab", "c"),
        ("a", "bc"),
        ("abc",),
        ("a", "b", "c"),
        (),
        ("",),
        ("1",),
        (1,),
        ("s1:a",),
    ]
    keys = {tuple(streams(*name).key.tolist()) for name in names}
    assert len(keys) == len(names)
    assert tuple(Streams(11)().key) != tuple(Streams(1)("1").key)


def test_draws_are_the_same_in_any_order_and_thread():
    stream = Streams(5)("shots")
    counters = [(n, n % 7) for n in range(64)]
    alone = [stream.draw(*c).tolist() for c in counters]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda c: stream.draw(*c).tolist(), reversed(counters)))
    assert together[::-1] == alone
    assert len({tuple(draw) for draw in alone}) == len(alone)


def test_draw_is_the_kernels_block_as_uniforms():
    stream = Streams(5)("shots")
    words = block(stream.key.tolist(), (9, 8, 7, 6))
    assert stream.draw(9, 8, 7, 6).tolist() == [uniform1(word) for word in words]
    assert stream.draw(9).tolist() == stream.draw(9, 0, 0, 0).tolist()


@pytest.mark.parametrize("counters", [(1, 2, 3, 4, 5), (-1,), (0, 2**63)])
def test_draw_refuses_other_counters(counters):
    with pytest.raises(ValueError, match="at most 4 counters"):
        Streams(5)("shots").draw(*counters)


def test_generator_starts_anew_and_never_meets_the_keyed_draws():
    stream = Streams(5)("layout")
    first = stream.generator().bit_generator.random_raw(8)
    assert first.tolist() == stream.generator().bit_generator.random_raw(8).tolist()
    assert first[:4].tolist() == block(stream.key.tolist(), (1, 0, 0, 2**63)).tolist()
    assert stream.generator().normal(size=3).shape == (3,)


def test_key_can_not_be_written():
    with pytest.raises(ValueError, match="read-only"):
        Streams(5)("layout").key[0] = 0


def test_object_keys_are_stable_and_fit_a_signed_column():
    keys = [object_key("threat", n) for n in range(1000)]
    assert len(set(keys)) == 1000
    assert 0 <= min(keys) <= max(keys) < 2**63
    assert max(keys) > 2**62
    bits = hashlib.blake2b(b"s6:threati1:1", digest_size=8).digest()
    assert object_key("threat", 1) == int.from_bytes(bits, "little") >> 1 == 7989610892068136559


def test_draws_in_turn_are_the_draws() -> None:
    stream = Streams(3)("links", "a", "down")
    rows = stream.draw_in_turn(61, 7)
    assert rows.tolist() == [stream.draw(61 + i).tolist() for i in range(7)]
