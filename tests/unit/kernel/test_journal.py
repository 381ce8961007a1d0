import hashlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mcap.reader import make_reader

from tdome.kernel import journal
from tdome.kernel.errors import JournalError
from tdome.kernel.journal import ContentHash, JournalWriter, Record, hash_of, read_journal

SCHEMA = b'{"type": "object"}'


def fill(path, count=60, size=40):
    """Write a journal of two topics; return its records and its content hash."""
    sequences = {"plots": 0, "tracks": 0}
    records = []
    with JournalWriter(path, {"plots": ("Plots", SCHEMA)}) as writer:
        for n in range(count):
            topic = "plots" if n % 3 else "tracks"
            sequences[topic] += 1
            payload = hashlib.shake_128(str(n).encode()).digest(n % size)
            records.append(Record(topic, 1000 + n, 900 + n, sequences[topic], payload))
            writer.append(topic, 1000 + n, 900 + n, payload)
        digest = writer.hexdigest()
    assert writer.hexdigest() == digest
    return records, digest


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(journal, "CHUNK_BYTES", 300)


def test_what_is_written_is_read_back_in_written_order(tmp_path):
    records, digest = fill(tmp_path / "j.mcap")
    reader = read_journal(tmp_path / "j.mcap")
    assert not reader.complete
    assert list(reader) == records
    assert reader.complete
    assert hash_of(tmp_path / "j.mcap") == digest


def test_written_order_is_kept_where_times_are_not_in_order(tmp_path):
    with JournalWriter(tmp_path / "j.mcap") as writer:
        for time_ns in (5, 3, 4, 3):
            writer.append("t", time_ns, 0, b"")
    assert [record.log_time for record in read_journal(tmp_path / "j.mcap")] == [5, 3, 4, 3]


def test_hash_is_the_documented_one_and_chunking_does_not_change_it(tmp_path, monkeypatch):
    records, digest = fill(tmp_path / "a.mcap")
    expected = hashlib.blake2b(digest_size=32)
    for r in records:
        expected.update(len(r.topic).to_bytes(4, "little") + r.topic.encode())
        for number in (r.log_time, r.publish_time, len(r.payload)):
            expected.update(number.to_bytes(8, "little"))
        expected.update(r.payload)
    assert digest == expected.hexdigest()
    monkeypatch.setattr(journal, "CHUNK_BYTES", 300)
    assert fill(tmp_path / "b.mcap")[1] == digest
    assert (tmp_path / "a.mcap").read_bytes() != (tmp_path / "b.mcap").read_bytes()


@pytest.mark.parametrize(
    "other", [("u", 1, 2, b"xy"), ("t", 2, 2, b"xy"), ("t", 1, 1, b"xy"), ("t", 1, 2, b"x")]
)
def test_hash_sees_every_field(other):
    one, two = ContentHash(), ContentHash()
    one.add("t", 1, 2, b"xy")
    two.add(*other)
    assert one.hexdigest() != two.hexdigest()


def test_other_readers_of_mcap_find_topics_and_schemas(tmp_path):
    records, _ = fill(tmp_path / "j.mcap")
    with (tmp_path / "j.mcap").open("rb") as stream:
        found = list(make_reader(stream, validate_crcs=True).iter_messages("plots"))
    assert [message.data for _, _, message in found] == [
        record.payload for record in records if record.topic == "plots"
    ]
    schema, channel, _ = found[0]
    assert (schema.name, schema.encoding, schema.data) == ("Plots", "jsonschema", SCHEMA)
    assert (channel.topic, channel.message_encoding) == ("plots", "json")


def test_a_journal_cut_anywhere_gives_whole_records_up_to_the_cut(tmp_path, small_chunks):
    records, _ = fill(tmp_path / "j.mcap", count=30)
    whole = (tmp_path / "j.mcap").read_bytes()
    counts = []
    for cut in range(len(whole)):
        (tmp_path / "cut.mcap").write_bytes(whole[:cut])
        reader = read_journal(tmp_path / "cut.mcap")
        found = list(reader)
        assert found == records[: len(found)]
        assert not reader.complete
        counts.append(len(found))
    assert counts == sorted(counts)
    assert len(set(counts)) > 4
    with pytest.raises(JournalError, match="cut short"):
        hash_of(tmp_path / "cut.mcap")


def test_damage_never_changes_what_is_read_unnoticed(tmp_path, small_chunks):
    records, _ = fill(tmp_path / "j.mcap", count=30)
    whole = (tmp_path / "j.mcap").read_bytes()
    noticed = 0
    for place in range(0, len(whole), 3):
        damaged = bytearray(whole)
        damaged[place] ^= 0x21
        (tmp_path / "bad.mcap").write_bytes(damaged)
        reader = read_journal(tmp_path / "bad.mcap")
        try:
            found = list(reader)
        except JournalError:
            noticed += 1
        else:
            assert found == records or not reader.complete, place
    assert noticed > len(whole) // 3 // 4


def test_what_is_no_journal_is_refused(tmp_path):
    (tmp_path / "x.mcap").write_bytes(b"a text, not a journal")
    with pytest.raises(JournalError, match="not a journal"):
        list(read_journal(tmp_path / "x.mcap"))
    with pytest.raises(JournalError, match="No such file"):
        hash_of(tmp_path / "none.mcap")


def test_an_existing_journal_is_never_overwritten(tmp_path):
    _, digest = fill(tmp_path / "j.mcap")
    with pytest.raises(JournalError, match="can not be made"):
        JournalWriter(tmp_path / "j.mcap")
    assert hash_of(tmp_path / "j.mcap") == digest


def test_a_closed_journal_takes_nothing_more(tmp_path):
    writer = JournalWriter(tmp_path / "j.mcap")
    writer.close()
    writer.close()
    with pytest.raises(JournalError, match="closed"):
        writer.append("t", 0, 0, b"")
    assert list(read_journal(tmp_path / "j.mcap")) == []


@pytest.mark.parametrize("times", [(-1, 0), (0, -1), (2**63, 0), (0, 2**63)])
def test_times_out_of_range_are_refused_and_leave_no_trace(tmp_path, times):
    with JournalWriter(tmp_path / "j.mcap") as writer:
        with pytest.raises(JournalError, match="out of range"):
            writer.append("t", *times, b"")
        writer.append("t", 2**63 - 1, 0, b"ok")
    assert [r.sequence for r in read_journal(tmp_path / "j.mcap")] == [1]


def test_a_failing_run_keeps_its_journal(tmp_path):
    writer = JournalWriter(tmp_path / "j.mcap")

    def fail():
        with writer:
            writer.append("t", 1, 1, b"last words")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert [r.payload for r in read_journal(tmp_path / "j.mcap")] == [b"last words"]
    assert hash_of(tmp_path / "j.mcap") == writer.hexdigest()


def test_flush_hands_over_what_was_written(tmp_path):
    with JournalWriter(tmp_path / "j.mcap") as writer:
        writer.append("t", 1, 1, b"one")
        assert list(read_journal(tmp_path / "j.mcap")) == []
        writer.flush()
        assert [r.payload for r in read_journal(tmp_path / "j.mcap")] == [b"one"]
        writer.append("t", 2, 2, b"two")
    assert [r.payload for r in read_journal(tmp_path / "j.mcap")] == [b"one", b"two"]


KILLED = """
import hashlib, itertools, sys
from tdome.kernel.journal import JournalWriter
with JournalWriter(sys.argv[1]) as writer:
    for n in itertools.count():
        writer.append("t", n, n, hashlib.shake_128(str(n).encode()).digest(2000))
"""


def test_a_killed_writer_leaves_a_readable_prefix(tmp_path):
    path = tmp_path / "j.mcap"
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)], env={"PYTHONPATH": ":".join(sys.path)}
    )
    deadline = time.monotonic() + 15
    while not (path.exists() and path.stat().st_size > 4 * journal.CHUNK_BYTES):
        assert time.monotonic() < deadline, "the writer does not hand over its chunks"
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    reader = read_journal(Path(path))
    found = list(reader)
    assert not reader.complete
    assert len(found) * 2000 > 3 * journal.CHUNK_BYTES
    for n, record in enumerate(found):
        payload = hashlib.shake_128(str(n).encode()).digest(2000)
        assert record == Record("t", n, n, n + 1, payload)
