"""What trackers of the chain make of Doppler: the spread of an echo smoothed, rates used."""

import numpy as np
import pytest

from tdome.command.tracking.imm import ImmTracker
from tdome.command.tracking.live.ids import CoreImm, CoreJpda, CoreLmb

from .watching import alive, flyers

TIMES = np.arange(0.5, 40.0, 4.0)


def watched(side, plan, spreads, rng, rate=None):
    """Scans of one flyer that comes in from 60 km north."""
    where = flyers(side, plan, [[0.0, 60e3, 5e3]], [[0.0, -150.0, 0.0]])
    return [
        side.scan(
            plan, where(t), t, rng, seq=k, doppler_spread_m_s=[spread],
            range_rate_m_s=[np.nan if rate is None else rate + 0.5 * rng.normal()],
        )
        for k, (t, spread) in enumerate(zip(TIMES, spreads, strict=True))
    ]  # fmt: skip


def followed(side, tracker, scans, until=40.0):
    """What the last report says of the flyer."""
    scans = [scan for scan in scans if scan.header.valid_at < side.at(until)]
    _, answers = side.run(tracker, scans, until=until)
    tracks = answers[-1][0]
    assert alive(tracks) == [1]
    return tracks


@pytest.mark.parametrize("tracker_of", [ImmTracker, CoreImm, CoreJpda, CoreLmb])
def test_the_spread_is_smoothed_over_the_plots_that_tell_it(tracker_of, side, rng):
    plan = side.plan()

    def told(spreads):
        tracks = followed(side, tracker_of(plan), watched(side, plan, spreads, rng))
        return tracks.doppler_spread_m_s[0]

    assert np.isnan(told([np.nan] * len(TIMES)))
    now_and_then = [np.nan, 20.0, np.nan, 80.0, np.nan, 20.0, np.nan, 80.0, np.nan, np.nan]
    assert told(now_and_then) == pytest.approx(40.0, rel=1e-5)  # the geometric mean of four
    many = np.exp(rng.normal(np.log(60.0), 0.3, len(TIMES)))
    assert 40.0 < told(many) < 90.0


def test_range_rates_sharpen_a_young_velocity(side, rng):
    plain, doppler = side.plan(), side.plan(doppler_cell_m_s=1.0)
    silent = [np.nan] * len(TIMES)
    sigma = []
    for plan in (plain, doppler):
        scans = watched(side, plan, silent, rng, rate=-149.4)
        tracks = followed(side, CoreImm(plan), scans, until=9.0)
        along = side.turn(plan, [0.0, -1.0, 0.0])[0]
        p = side.covariance(tracks.covariance)[0][3:, 3:]
        sigma.append(np.sqrt(along @ p @ along))
    assert sigma[1] < 0.5 * sigma[0]
