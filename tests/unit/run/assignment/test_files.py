"""Instances in files: what is written is read again; what is wrong is named with its line."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tdome.kernel.errors import ConfigError
from tdome.run.assignment.families import FAMILIES, family, named
from tdome.run.assignment.files import read_instance, write_instance
from tdome.run.assignment.instance import PAIRS, Instance


def same(a: Instance, b: Instance) -> bool:
    return (
        a.values.tobytes() == b.values.tobytes()
        and a.kill_probability.tobytes() == b.kill_probability.tobytes()
        and a.rounds.tobytes() == b.rounds.tobytes()
    )


@pytest.mark.parametrize("name", ["one.json", "one.parquet", "one.txt"])
@pytest.mark.parametrize(("types", "threats", "rounds"), [(4, 4, 1), (3, 5, 2), (5, 2, 0)])
def test_written_is_read_bit_for_bit(
    tmp_path: Path, name: str, types: int, threats: int, rounds: int
) -> None:
    instance = family("uniform", types, threats, rounds)
    assert same(read_instance(write_instance(instance, tmp_path / name)), instance)


def test_both_text_forms_and_what_they_can_not_hold(tmp_path: Path) -> None:
    instance = family("ranges", 4, 4, 1)
    for form, words in (("square", 1), ("listed", 3)):
        path = write_instance(instance, tmp_path / f"{form}.txt", form)
        assert len(path.read_text().splitlines()[0].split()) == words
        assert same(read_instance(path), instance)
    mixed = Instance.of([1.0, 2.0], [[0.5, 0.5], [0.5, 0.5]], [1, 2])
    with pytest.raises(ConfigError, match=r"can not hold .*json or .parquet"):
        write_instance(mixed, tmp_path / "mixed.txt")
    for name in ("mixed.json", "mixed.parquet"):
        assert same(read_instance(write_instance(mixed, tmp_path / name)), mixed)


def test_a_pair_that_is_not_listed_can_not_hit(tmp_path: Path) -> None:
    path = tmp_path / "some.txt"
    path.write_text("2 2 3\n10\n20\n\n1 0 0.5\n")
    read = read_instance(path)
    assert read.kill_probability.tolist() == [[0.0, 0.0], [0.5, 0.0]]
    assert read.rounds.tolist() == [3, 3]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", None, "is empty"),
        ("\n \n", None, "is empty"),
        ("2 2\n", 1, "first line has 2 numbers; expected: n alone, or M N K"),
        ("1\n10\nzero.5\n", 3, "'zero.5' is not a number"),
        ("2\n10\n20\n0.5 0.5\n0.5\n", 5, "expected: 7: n = 2"),
        ("1\n10\n0.5\n0.7\n", 4, "there are 4 numbers; expected: 3"),
        ("1.5\n10\n", 1, "expected: a whole number n"),
        ("1\n-3\n0.5\n", 2, "-3 can not be; expected: a value >= 0"),
        ("1\nnan\n0.5\n", 2, "nan can not be"),
        ("2\n1 1\n0.5 0.5\n0.5 1.5\n", 4, "1.5 can not be; expected: a probability"),
        ("1 2 1\n10\n", 2, "2 values"),
        ("1 1 1\n10\n0 0\n", 3, "three for each line i j p"),
        ("1 1 0.5\n10\n0 0 0.5\n", 1, "whole numbers M N K"),
        ("1 2 1\n10\n20\n\n0 0 0.5\n1 0 0.5\n", 6, "a type from 0 to 0"),
        ("1 2 1\n10\n20\n0 0 0.5\n0 2 0.5\n", 5, "a threat from 0 to 1"),
        ("1 2 1\n10\n20\n0 0 0.5\n0 1 -0.5\n", 5, "a probability in"),
        ("1 2 1\n10\n20\n0 0 0.5\n0 1 0.5\n0 0 0.1\n", 6, "the pair 0 0 is there twice"),
        ("99999 99999 1\n", 1, "too many"),
        ("99999\n", 1, "whole number n"),
    ],
)
def test_faults_of_a_text_have_their_line(
    tmp_path: Path, text: str, line: int | None, said: str
) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(text)
    with pytest.raises(ConfigError) as fault:
        read_instance(path)
    assert fault.value.line == line
    assert said in str(fault.value)
    assert str(fault.value).startswith(str(path))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not an instance as JSON"),
        ("[]", "expected: values, kill_probability"),
        ('{"values": [1]}', "kill_probability"),
        ('{"values": [1], "kill_probability": [[0.5]], "round": 1}', "round"),
        ('{"values": ["1"], "kill_probability": [[0.5]]}', "values"),
        ('{"values": [1], "kill_probability": [[0.5], [0.5, 0.1]]}', "kill_probability[1] has 2"),
        ('{"values": [1], "kill_probability": [[1.5]]}', "kill_probability[0, 0] is 1.5"),
        ('{"values": [1], "kill_probability": [[0.5]], "rounds": [1, 2]}', "rounds must have"),
    ],
)
def test_faults_of_json(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(ConfigError) as fault:
        read_instance(path)
    assert said in str(fault.value)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"value": None}, "has no column value"),
        ({"type": [0.0, 1.5]}, "type of row 1 is 1.5; expected: whole numbers"),
        ({"threat": [0, -1]}, "threat of row 1 is -1"),
        ({"kill_probability": [0.5, np.nan]}, "kill_probability of row 1 is nan"),
        ({"kill_probability": [0.5, 2.0]}, "kill_probability[1, 0] is 2"),
        ({"kill_probability": ["a", "b"]}, "column kill_probability holds no numbers"),
        ({"value": [1.0, 2.0]}, "value of row 0 differs"),
        ({"type": [0, 0]}, "twice"),
        ({"type": [0, PAIRS]}, "too large"),
        ({"type": [0, 10**5], "threat": [0, 10**5]}, "too many"),
    ],
)
def test_faults_of_parquet(tmp_path: Path, changed: dict[str, object], said: str) -> None:
    rows = {
        "type": [0, 1], "threat": [0, 0], "kill_probability": [0.5, 0.6], "value": [9.0, 9.0],
        "rounds": [1, 2], **changed,
    }  # fmt: skip
    path = tmp_path / "bad.parquet"
    pq.write_table(pa.table({key: told for key, told in rows.items() if told is not None}), path)
    with pytest.raises(ConfigError) as fault:
        read_instance(path)
    assert said in str(fault.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    for name in ("none.txt", "none.json", "none.parquet"):
        with pytest.raises(ConfigError, match="there is no such file"):
            read_instance(tmp_path / name)
    with pytest.raises(ConfigError, match="can not be read"):
        read_instance(tmp_path)
    for name, said in (("a.parquet", "is not Parquet"), ("a.txt", "is not text")):
        (tmp_path / name).write_bytes(b"\xff\xfe\x00")
        with pytest.raises(ConfigError, match=said):
            read_instance(tmp_path / name)
    one = family("ahuja", 1, 1)
    with pytest.raises(ConfigError, match="is there already"):
        write_instance(one, tmp_path / "a.txt")
    with pytest.raises(ConfigError, match=r"\.csv is not known"):
        write_instance(one, tmp_path / "a.csv")
    with pytest.raises(ConfigError, match="can not be written"):
        write_instance(one, tmp_path / "no" / "a.json")
    with pytest.raises(ConfigError, match="has no rows"):
        write_instance(Instance.of([], [], 1), tmp_path / "empty.parquet")


@pytest.mark.parametrize("name", FAMILIES)
def test_families_are_seeded(name: str) -> None:
    first = family(name, 6, 9, 2, seed=4)
    assert (first.types, first.threats, first.rounds.tolist()) == (6, 9, [2] * 6)
    assert same(first, family(name, 6, 9, 2, seed=4))
    assert not same(first, family(name, 6, 9, 2, seed=5))
    assert 0.0 <= first.kill_probability.min() < first.kill_probability.max() <= 1.0


def test_a_family_is_asked_for_in_words() -> None:
    assert same(named("ahuja:3x4x2:7"), family("ahuja", 3, 4, 2, 7))
    assert same(named("ranges:3x4"), family("ranges", 3, 4, 1, 1))
    assert named("file.txt") is None
    with pytest.raises(ConfigError, match="nearest valid name: 'ranges'"):
        named("range:3x4")
    with pytest.raises(ConfigError, match="too many"):
        named("ahuja:99999x99999")
