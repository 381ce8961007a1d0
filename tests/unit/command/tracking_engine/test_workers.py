"""Several threads, and reports in one piece: the same bits as one thread, scan by scan."""

from itertools import pairwise

import msgspec
import numpy as np
import pytest

from tdome.command.tracking.dense.engine import engine_for
from tdome.command.tracking.engine import Engine, Settings, wide
from tdome.command.tracking.engine import engine as core
from tdome.command.tracking.engine.layout import LOOK
from tdome.command.tracking.engine.pairing.gating import MOST
from tdome.command.tracking.engine.telling import report as telling
from tdome.command.tracking.engine.telling.report import Report
from tdome.kernel.crew import Crew

from .conftest import Sky, flyers_of, sites_of

COLUMNS = ("scan", "at", "number", "state", "covariance", "updated", "plot")
JPDA = msgspec.structs.replace(Settings.imm(), association="jpda")
SETTINGS = {
    "ekf": Settings.gnn_ekf(),
    "imm": Settings.imm(),
    "ukf": msgspec.structs.replace(Settings.gnn_ekf(), filter="ukf"),
    "jpda": JPDA,
    "told": msgspec.structs.replace(Settings.imm(), tell_every=4.0),
}


def same(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in COLUMNS)


@pytest.fixture(scope="module")
def sky():
    """Three hundred flyers under four radars."""
    flyers = flyers_of(300, seed=8)
    origin = np.array([[0, 0, 0], [50e3, 0, 0], [0, 50e3, 0], [-50e3, -50e3, 0]], float)
    return Sky(flyers, sites_of(origin, np.tile(np.eye(3), (4, 1, 1))), scans=32, clutter=60.0)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    """Let small pictures be large ones."""
    monkeypatch.setattr(core, "_WIDE", 1)
    monkeypatch.setattr(wide, "_SMALLEST", 20)


@pytest.mark.parametrize("name", SETTINGS)
def test_the_bits_are_those_of_one_thread(sky, name):
    recording, settings = sky.recording(), SETTINGS[name]
    one = Engine(sky.sites, settings)
    history = one.fold(recording)
    assert len(history) > 1000
    for workers in (2, 3):
        engine = Engine(sky.sites, settings, workers=workers)
        assert same(engine.fold(recording), history)
        assert engine.merged == one.merged
        assert engine.confirmed == one.confirmed


def test_parts_and_a_change_of_hands_give_the_bits_of_the_whole(sky):
    recording = sky.recording()
    whole = Engine(sky.sites, Settings.imm()).fold(recording)
    engine = Engine(sky.sites, Settings.imm(), workers=3)
    parts = []
    for n, (a, b) in enumerate(pairwise([0, 1, 9, 9, 20, 32])):
        engine.workers = (3, 1, 2, 3, 2)[n]
        parts.append(engine.fold(recording.part(a, b)))
        engine = engine.copy()
    for name in COLUMNS:
        joined = np.concatenate([getattr(part, name) for part in parts])
        assert np.array_equal(joined, getattr(whole, name))


def test_how_the_list_is_cut_does_not_matter(sky, monkeypatch):
    history = Engine(sky.sites, Settings.imm()).fold(sky.recording())
    for smallest in (1, 7, 1000):
        monkeypatch.setattr(wide, "_SMALLEST", smallest)
        assert same(Engine(sky.sites, Settings.imm(), workers=2).fold(sky.recording()), history)


def test_it_was_the_wide_fold_that_ran(sky, monkeypatch):
    pieces = []
    each = Crew.each

    def counted(crew, work, count):
        pieces.append(count)
        each(crew, work, count)

    monkeypatch.setattr(Crew, "each", counted)
    Engine(sky.sites, Settings.imm(), workers=2).fold(sky.recording())
    assert max(pieces) == 8
    pieces.clear()
    Engine(sky.sites, Settings.imm()).fold(sky.recording())
    monkeypatch.setattr(core, "_WIDE", 100_000)
    Engine(sky.sites, Settings.imm(), workers=2).fold(sky.recording())
    assert not pieces


def test_labelled_mixtures_take_the_number_of_workers_and_do_without(sky):
    recording = sky.recording().part(0, 8)
    one = engine_for(sky.sites, Settings.lmb()).fold(recording)
    assert same(engine_for(sky.sites, Settings.lmb(), workers=2).fold(recording), one)


def test_who_listens_changes_no_bit(sky):
    recording, heard = sky.recording(), []
    history = Engine(sky.sites, Settings.imm(), workers=2).fold(recording, heard.append)
    assert heard == list(range(1, 33))
    assert same(history, Engine(sky.sites, Settings.imm()).fold(recording))


def test_a_report_that_outgrows_its_room_is_joined(sky, monkeypatch):
    history = Engine(sky.sites, Settings.imm()).fold(sky.recording())
    monkeypatch.setattr(telling, "_MOST", 700)
    for workers in (1, 2):
        assert same(
            Engine(sky.sites, Settings.imm(), workers=workers).fold(sky.recording()), history
        )


def test_a_report_makes_do_with_less_memory(monkeypatch):
    asked, room = [], telling._room

    def poor(size, numbers):
        asked.append(size)
        if size > 10_000:
            raise MemoryError
        return room(size, numbers)

    monkeypatch.setattr(telling, "_room", poor)
    report = Report()
    report.reserve(70_000, 100)
    assert asked == [0, 70_000, 35_000, 17_500, 8_750]
    report.end = 8_700
    report.reserve(1, 50)
    assert len(report.states) == 8_750  # there is room: nothing was asked for
    with pytest.raises(MemoryError):
        report.reserve(70_000, 20_000)


def test_pieces_are_joined_as_one_gather_leaves_them():
    rng = np.random.default_rng(3)
    bounds, counts = np.array([0, 4, 7, 7, 12]), np.array([3, 0, 0, 5])
    part, looks, miss = (
        np.arange(12, dtype=np.int32),
        rng.normal(size=(12, LOOK)),
        rng.normal(size=12),
    )
    column, cost = np.zeros(12 * MOST, np.int32), np.zeros(12 * MOST)
    starts, wanted, lengths = np.zeros(16, np.int32), [], []
    for p, (base, count) in enumerate(zip(bounds, counts, strict=False)):
        end = 0
        for n in range(count):
            starts[base + p + n] = end
            many = int(rng.integers(0, MOST))
            column[base * MOST + end : base * MOST + end + many] = rng.integers(0, 99, many)
            cost[base * MOST + end : base * MOST + end + many] = rng.normal(size=many)
            lengths.append(many)
            end += many
        starts[base + p + count] = end
        wanted.append((column[base * MOST :][:end].copy(), cost[base * MOST :][:end].copy()))
    rows = np.r_[0:3, 7:12]
    expected = part[rows], looks[rows], miss[rows]
    begins = np.zeros(13, np.int32)
    wide.join(bounds, counts, part, looks, miss, starts, begins, column, cost)
    assert np.array_equal(begins[:9], np.r_[0, np.cumsum(lengths)])
    assert np.array_equal(column[: begins[8]], np.concatenate([one for one, _ in wanted]))
    assert np.array_equal(cost[: begins[8]], np.concatenate([one for _, one in wanted]))
    for found, one in zip((part, looks, miss), expected, strict=True):
        assert np.array_equal(found[:8], one)


def test_less_than_one_worker_is_refused(sky):
    with pytest.raises(ValueError, match="0 workers"):
        Engine(sky.sites, Settings.imm(), workers=0)
