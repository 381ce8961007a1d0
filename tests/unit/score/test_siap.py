"""SIAP attributes on a sky of our own: one flyer, one wreck, tracks where we put them."""

import numpy as np
import pytest

from tdome.command.assessment.check import track
from tdome.messages.base import Header
from tdome.messages.sensing import Plots
from tdome.score.picture.of_run import GATE, siap
from tdome.world.ledger import SCHEMAS, Ledger, table

S = 10**9
START = 1_800_000_000 * S
KILLED, DOWN = 10, 40  # s


def _row(name, columns):
    plain = {"string": "", "bool": False}
    n = len(next(iter(columns.values())))
    full = {f.name: [plain.get(str(f.type), 0)] * n for f in SCHEMAS[name]}
    return table(name, full | columns)


def _ledger():
    """Object 1 flies at (0, t), object 2 at (100 km, t) is killed at 10 s and down at 40 s.

    The second flies since long before the start.
    """
    lines = [(o, t, (o - 1) * 1e5, t) for o, t in ((1, 0.0), (1, 60.0), (2, -50.0), (2, 60.0))]
    paths = {
        "object_id": [line[0] for line in lines],
        "t": [line[1] for line in lines],
        "x": [line[2] for line in lines],
        "y": [line[3] for line in lines],
        "vy": [1.0] * len(lines),
    }
    ends = [START + 60 * S, START + KILLED * S]
    return Ledger(
        start=START,
        objects=_row("objects", {"object_id": [1, 2], "ended_at": ends}),
        plots=_row(
            "plots",
            {"sensor": ["r"] * 2, "message": ["Plots"] * 2, "row": [0, 1], "object_id": [1, 2]},
        ),
        shots=_row("shots", {"object_id": []}),
        debris=_row("debris", {"object_id": [2], "at": [START + DOWN * S]}),
        paths=_row("paths", paths),
        losses=_row("losses", {"site": []}),
    )


def _scan():
    empty = np.zeros(0)
    return Plots(
        header=Header("r", 0, START, START),
        sensor="r",
        volume=True,
        range_m=empty,
        azimuth_rad=empty,
        elevation_rad=empty,
        range_rate_m_s=empty,
        doppler_spread_m_s=empty.astype(np.float32),
        snr_db=empty.astype(np.float32),
        address=empty.astype(np.int32),
        friend=empty.astype(np.int8),
    )


def _score(places, t):
    """SIAP of one picture, t s after the start, with tracks at some x."""
    one = track(0.0, 0.0)
    columns = {
        name: np.repeat(getattr(one, name), len(places), axis=0)
        for name in one.__struct_fields__
        if name != "header"
    }
    columns["track_number"] = np.arange(1, len(places) + 1, dtype=np.int32)
    columns["state"] = np.array([[x, float(t), 0.0, 0.0, 1.0, 0.0] for x in places])
    header = Header("tracking", 0, START + t * S, START + t * S)
    picture = type(one)(header=header, **columns)
    return siap([picture], [_scan()], _ledger())


def test_before_the_kill_both_are_required():
    assert _score([0.0], 5)["completeness"] == pytest.approx(0.5)
    told = _score([10.0, 1e5], 5)
    assert told["completeness"] == told["ambiguity"] == 1.0
    assert told["position_rms_m"] == pytest.approx(10.0 / np.sqrt(2.0))


def test_a_falling_wreck_is_neither_required_nor_spurious():
    without, told = _score([0.0], 20), _score([0.0, 1e5], 20)
    assert without["completeness"] == told["completeness"] == 1.0
    assert told["spuriousness"] == 0.0
    assert (without["wrecks"], told["wrecks"]) == (0.0, 0.5)


def test_a_track_of_what_lies_on_the_ground_is_spurious():
    assert _score([0.0, 1e5], DOWN + 1)["spuriousness"] == 0.5


def test_a_track_far_from_everything_is_spurious():
    assert _score([0.0, 1e5 + 1.01 * GATE], 20)["spuriousness"] == 0.5
