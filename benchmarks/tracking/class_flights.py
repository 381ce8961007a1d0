"""Flights of every class as a tracker would report them: truth from the catalogue, with errors.

No world and no tracker: each flight is a short window (TRUTH.steps looks, TRUTH.step_s apart) of
the motion of its class about one city, with correlated errors of position and velocity (first-order
Markov, larger in the first looks, reported wrong by a factor), a smoothed fluctuating cross-section
with an error of calibration, for some a smoothed Doppler spread, wrong flags in episodes,
answers or none. Units SI.
"""

import numpy as np
from class_missiles import of_class
from class_truth import (
    ECHO_GAIN,
    FILED,
    HALF,
    HELD_OUT,
    NOW,
    TRAINING,
    UNFILED,
    Flights,
    Floats,
    Truth,
    routes,
    spells,
)
from numpy.typing import NDArray

from tdome.messages.base import Header
from tdome.messages.tracks import SystemTracks, believed_drag, pack_covariance

__all__ = ["CIVIL", "HELD_OUT", "OTHERS", "SHARES", "TRAINING"]
__all__ += ["Flights", "Truth", "bystanders", "of_class", "pictures"]

# Civil and other flights: speed (m/s), height (m), climb (m/s), RCS (dBsm), Doppler spread (m/s) of
# fans, propellers, rotors, wings; notional, and not the boxes that the plan believes.
CIVIL: dict[str, tuple[tuple[float, float], ...]] = {
    "airliner-cruise": (
        (180.0, 350.0),
        (7_000.0, 13_000.0),
        (-2.0, 2.0),
        (5.0, 20.0),
        (25.0, 300.0),
    ),
    "airliner-climb": ((90.0, 210.0), (1_000.0, 9_000.0), (8.0, 25.0), (5.0, 20.0), (25.0, 300.0)),
    "airliner-descent": (
        (100.0, 220.0),
        (1_500.0, 10_000.0),
        (-22.0, -6.0),
        (5.0, 20.0),
        (15.0, 250.0),
    ),
    "airliner-emergency": (
        (150.0, 240.0),
        (3_000.0, 11_000.0),
        (-40.0, -25.0),
        (5.0, 20.0),
        (15.0, 250.0),
    ),
    "airliner-approach": ((60.0, 95.0), (100.0, 1_500.0), (-6.0, 2.0), (5.0, 20.0), (15.0, 250.0)),
    "business-jet": ((120.0, 250.0), (1_000.0, 13_000.0), (-20.0, 25.0), (3.0, 8.0), (8.0, 250.0)),
    "turboprop": ((80.0, 160.0), (500.0, 7_500.0), (-12.0, 10.0), (3.0, 13.0), (20.0, 250.0)),
    "light": ((28.0, 90.0), (100.0, 3_000.0), (-6.0, 5.0), (-3.0, 8.0), (8.0, 220.0)),
    "helicopter": ((5.0, 80.0), (30.0, 2_000.0), (-8.0, 8.0), (0.0, 10.0), (40.0, 220.0)),
}  # fmt: skip
# Ground speeds by height: rules of the air with wind, and an emergency at the highest allowed.
SPEED_RULE = ([0.0, 1e3, 3e3, 7e3], [130.0, 150.0, 200.0, 350.0])
HASTE = ([0.0, 500.0, 1e3, 3e3, 8e3], [120.0, 150.0, 195.0, 240.0, 350.0])
SHARES = np.array([0.2, 0.1, 0.1, 0.05, 0.1, 0.1, 0.1, 0.15, 0.1])
OTHERS: dict[str, tuple[tuple[float, float], ...]] = {
    "bird": ((6.0, 22.0), (20.0, 2_000.0), (-1.5, 1.5), (-22.0, -12.0), (1.0, 7.0)),
    "balloon": ((1.0, 30.0), (500.0, 18_000.0), (0.0, 6.0), (-20.0, 0.0), (0.1, 2.0)),
    "slow-drone": ((8.0, 36.0), (30.0, 600.0), (-2.0, 2.0), (-25.0, -10.0), (15.0, 120.0)),
    "strange": ((300.0, 2_400.0), (16_000.0, 30_000.0), (-30.0, 30.0), (-10.0, 10.0), (0.5, 50.0)),
}


def bystanders(
    rng: np.random.Generator, name: str, box: tuple[tuple[float, float], ...], n: int, truth: Truth
) -> Flights:
    """Flights of no class of the plan; civil ones answer, or not, as ``truth`` says."""
    (slow, fast), heights, climbs, rcs, spread = box
    shape = (n, truth.steps)
    speed, height = rng.uniform(slow, fast, n), rng.uniform(*heights, n)
    climb = np.repeat(rng.uniform(*climbs, n)[:, None], truth.steps, 1) + rng.normal(0, 1.0, shape)
    pull = 2.5 if name in {"light", "helicopter", "bird", "slow-drone"} else 3.5
    turn = spells(rng, shape, 0.25) * rng.choice([-1.0, 1.0], shape) * rng.uniform(0, pull, shape)
    limit = None
    if name in CIVIL:
        limit = HASTE if name == "airliner-emergency" else SPEED_RULE
    state = routes(rng, truth, speed, height, climb, turn, limit=limit)
    address, renumbered = np.full(shape, -1, np.int32), np.zeros(n, np.bool_)
    if name in CIVIL:
        way = rng.random(n)
        answers = way >= truth.silent
        address[answers] = FILED
        fails = answers & (way < truth.silent + truth.failing)
        half = np.arange(truth.steps) >= truth.steps // 2
        address[fails[:, None] & half] = -1
        renumbered = fails & (rng.random(n) < HALF)
        address[way > 1.0 - truth.unfiled] = UNFILED
    return Flights(
        name=name,
        state=state,
        rcs_db=rng.uniform(*rcs, n) + 6.0 * np.sin(rng.uniform(-1.2, 1.2, n)) ** 2,
        looks=1.0,
        ballistic=spells(rng, shape, truth.wrong_flags),
        address=address,
        renumbered=renumbered,
        spread=np.exp(rng.spawn(1)[0].uniform(*np.log(spread), n)),
        alive=np.ones(shape, np.bool_),
    )


def pictures(rng: np.random.Generator, flights: Flights, truth: Truth) -> list[SystemTracks]:
    """Return what the tracker reports of all flights, look by look."""
    n, steps = flights.state.shape[:2]
    sigma_p = np.exp(rng.uniform(*np.log(truth.position_sigma), n))
    sigma_v = np.exp(rng.uniform(*np.log(truth.velocity_sigma), n))
    told = rng.uniform(*truth.misreported, n)
    error = rng.normal(size=(n, 6))
    shift = truth.rcs_shift_db + rng.normal(0.0, truth.rcs_sigma_db, n)
    rcs, luck = np.zeros(n), rng.spawn(1)[0]
    spread = np.where(luck.random(n) < truth.spread_seen, 0.0, np.nan)
    cell = np.exp(luck.uniform(*np.log(truth.doppler_cell), n))
    width = flights.spread * np.exp(luck.normal(0.0, truth.spread_wrong, n))
    out, number = [], np.arange(1, n + 1)
    hits0 = np.full(n, 2)
    for k in range(steps):
        early = 1.0 + 3.0 * np.exp(-k / 2.0)
        c = truth.correlation
        error = c * error + np.sqrt(1.0 - c * c) * rng.normal(size=(n, 6))
        scale = np.concatenate(
            [np.repeat(sigma_p[:, None], 3, 1), np.repeat(sigma_v[:, None], 3, 1)], 1
        )
        power = 10.0 ** (0.1 * (flights.rcs_db + shift))
        power = power * rng.gamma(flights.looks, 1.0 / flights.looks, n)
        rcs += np.maximum(1.0 / (k + 1), ECHO_GAIN) * (power - rcs)
        seen = np.maximum(width * np.exp(luck.normal(0.0, truth.spread_error, n)), cell)
        spread += np.maximum(1.0 / (k + 1), ECHO_GAIN) * (np.log(seen) - spread)
        covariance = np.zeros((n, 6, 6))
        covariance[:, range(6), range(6)] = (scale * early * told[:, None]) ** 2
        new = flights.renumbered & (k == steps // 2)
        number, hits0 = number + new * n, np.where(new, 2 - k, hits0)
        out.append(
            _picture(
                flights,
                k,
                number,
                error * scale * early,
                covariance,
                (rcs, np.exp(spread)),
                hits0 + k,
                truth,
            )
        )
    return out


def _picture(  # noqa: PLR0913, PLR0917 - columns
    flights: Flights,
    k: int,
    number: NDArray[np.int64],
    error: Floats,
    covariance: Floats,
    echo: tuple[Floats, Floats],
    hits: NDArray[np.int64],
    truth: Truth,
) -> SystemTracks:
    n, now = len(number), NOW + round(k * truth.step_s * 1e9)
    order = np.argsort(number, kind="stable")
    return SystemTracks(
        header=Header("bench", k, now, now),
        track_number=number[order].astype(np.int32),
        state=(flights.state[:, k] + error)[order],
        covariance=pack_covariance(covariance)[order],
        ballistic=flights.ballistic[order, k].astype(np.int8),
        status=np.zeros(n, np.int8),
        first_at=np.full(n, NOW - 10**10),
        updated_at=np.where(flights.alive[order, k], now, NOW - 1),
        hits=hits[order].astype(np.int32),
        missed=np.zeros(n, np.int32),
        missed_weight=np.zeros(n, np.float32),
        quality=np.full(n, 8, np.int8),
        nis=np.full(n, 3.0, np.float32),
        rcs_dbsm=(10.0 * np.log10(np.maximum(echo[0], 1e-9)))[order].astype(np.float32),
        doppler_spread_m_s=echo[1][order].astype(np.float32),
        **believed_drag(n, 1.0 / 5_000.0),
        address=flights.address[order, k],
        friend=np.zeros(n, np.int8),
    )
