"""Bar 6: how good the predicted impact point is, against the Cramer-Rao bound, and how honest.

    PYTHONPATH=src python -m benchmarks.tracking.impact [--flights N] [--seed S] [--json FILE]

For each flight of `impact_truth` one radar tracks it; at several times after the first plot the
impact is predicted. Reported: median and 90th percentile of the miss (m), the same of the bound,
their ratio (``scaled``: of misses in units of the bound's own standard deviation, so that near and
far, early and late count alike), and how often the truth lies in the predicted 90 % ellipse.

What is in the bound: the recursive posterior Cramer-Rao bound (Tichavsky, Muravchik and Nehorai,
IEEE Trans. SP 46(5), 1998) of the stochastic problem that the filter is given, linearised on the
TRUE flight: state, ln(inv_beta) and the radar's three biases unknown with the filter's priors,
process noise as the filter believes it, and the plots that came with their TRUE sigma (which the
filter is not told). It is carried to the ground by the adjoint at the true state, with the noise on
the way. The percentile of the bound is that of the mixture of normal errors with these
covariances over the flights. The stiff bound leaves all process noise out: only drag and biases are
unknown, and no unbiased estimator under any air is better.
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
from benchmarks.tracking.impact_truth import (
    FAMILIES,
    RADARS,
    Flight,
    Plots,
    Radar,
    believed,
    fly,
    look,
    miss,
)

from tdome.command.threat.landing.flight import descend
from tdome.command.threat.landing.prediction import COLUMNS, predict_landings
from tdome.command.tracking.ballistic.columns import (
    predict_tracks,
    report_tracks,
    start_tracks,
    update_tracks,
)
from tdome.command.tracking.ballistic.measurement import update1
from tdome.command.tracking.ballistic.motion import predict1, scratch
from tdome.command.tracking.ballistic.settings import FALL, BallisticSettings, parts
from tdome.earth.falling import PARTS
from tdome.earth.wgs84 import Floats
from tdome.plan.books.unrest import Unrest

TIMES = (10.0, 20.0, 40.0, 60.0, 100.0, 160.0)
ARC = 8.0  # s of plots that start a track, at least three plots
BOOSTING = 0.02  # before evidence; the flights are unpowered
SHAPE = 30.0  # components that the believed noise weighs; see columns.py
LAST = 5.0  # s before impact at which nothing is asked any more
REPEATS = 7
CHI2_90 = 4.605170
LIKELY = 0.5  # probability of boost from which a landing reckons with it
LEAST_PLOTS, LEAST_ROWS = 3, 20
DRAWS = 200
N = parts(1)
NO_AIR = Unrest(free=0.0, air_sigma=0.0, shape_sigma=0.0, wind_sigma=0.0, trim_share=0.0).columns()


class Filtered:
    """One track and what it said."""

    def __init__(self, flight: Flight, plots: Plots, radar: Radar, row: Floats) -> None:
        self.flight, self.plots, self.row = flight, plots, row
        expected = believed(radar, plots.z[:, 0])
        self.sigma = np.hstack([expected, np.full((len(expected), 1), np.nan)])
        self.bias = np.array(radar.bias)
        self.x, self.p = np.zeros((1, 2, N)), np.zeros((1, 2, N, N))
        self.weight, self.evidence = np.zeros((1, 2)), np.zeros((1, 2))
        self.site = (flight.origin[None], flight.axes[None])
        self.at = flight.at[plots.row]

    def start(self) -> int:
        """Start on the first plots; return how many were used, 0 if they do not do."""
        count = max(LEAST_PLOTS, int(np.searchsorted(self.at, self.at[0] + ARC, side="right")))
        good, zero = np.zeros(1, np.int32), np.zeros(count, np.int32)
        if count > len(self.at):
            return 0
        start_tracks(
            np.array([0, count]), self.at[:count].copy(), self.plots.z[:count],
            self.sigma[:count], zero, *self.site, zero, self.bias, BOOSTING, self.row,
            self.x, self.p, self.weight, good,
        )  # fmt: skip
        return count if good[0] else 0

    def step(self, k: int) -> None:
        """Take plot k."""
        zero = np.zeros(1, np.int32)
        predict_tracks(self.x, self.p, self.weight, self.at[k : k + 1] - self.at[k - 1], self.row)
        update_tracks(
            zero, self.plots.z[k : k + 1], self.sigma[k : k + 1], zero, *self.site, zero, SHAPE,
            self.x, self.p, self.weight, self.evidence, np.empty((1, 2)),
        )  # fmt: skip

    def landing(self, settings: BallisticSettings) -> tuple[Floats, Floats, Floats]:
        """Return the predicted landing, (7,), and the state and covariance behind it."""
        x, p, out = np.empty((1, N)), np.empty((1, N, N)), np.full((1, COLUMNS), np.nan)
        report_tracks(self.x, self.p, self.weight, x, p)
        powered = np.zeros(1)
        if self.weight[0, 1] > LIKELY:
            powered = self.weight[:, 1].copy()
        x[0], p[0] = self.x[0, FALL], self.p[0, FALL]
        predict_landings(
            np.array([0]), x, p, powered, settings.burn_time, settings.unrest.columns(), out
        )
        return out[0], x[0], p[0]


def truth(flight: Flight, k: int) -> Floats:
    """Return the state of the truth at a row of the flight, as the filter writes it."""
    x = np.zeros(N)
    x[:6] = flight.state[k]
    x[6] = -math.log(flight.beta)
    return x


class Bound:
    """The covariance that no unbiased estimator beats, on the true flight."""

    def __init__(self, settings: Floats, bias: Floats) -> None:
        self.settings, self.work = settings, scratch(N)
        first = [1e6] * 3 + [settings[16]] * 3 + [settings[9], settings[11], *bias]
        self.p = np.diag(np.square(first))

    def step(self, before: Floats | None, now: Floats, dt: float, plot: tuple[Floats, ...]) -> None:
        """Go on by a plot: (origin, axes, sigma)."""
        if before is not None:
            predict1(before.copy(), self.p, dt, FALL, self.settings, self.work)
        origin, axes, sigma = plot
        local = axes @ (now[:3] - origin)
        exact = np.array(
            [
                np.linalg.norm(local), math.atan2(local[0], local[1]),
                math.atan2(local[2], math.hypot(local[0], local[1])), np.nan,
            ]
        )  # fmt: skip
        update1(now.copy(), self.p, exact, origin, axes, sigma, 0, self.work)

    def landing(self, now: Floats, unrest: Floats) -> Floats:
        """Return the bound of the impact, (2, 2)."""
        out = np.full((1, COLUMNS), np.nan)
        predict_landings(np.array([0]), now[None], self.p[None], np.zeros(1), 0.0, unrest, out)
        ee, en, nn = out[0, 3:6]
        return np.array([[ee, en], [en, nn]])


def one(  # noqa: C901 - one pass over the plots, for the filter and both bounds
    flight: Flight, plots: Plots, radar: Radar, settings: BallisticSettings
) -> list[list[float]]:
    """Return rows (time, east, north, filter ee en nn, bound ee en nn, stiff ee en nn, NEES)."""
    row = settings.columns()
    stiff_row = row.copy()
    stiff_row[:8] = NO_AIR
    track = Filtered(flight, plots, radar, row)
    if len(plots.row) < LEAST_PLOTS:
        return []
    used = track.start()
    if not used:
        return []
    bounds = [(Bound(row, track.bias), row[:8]), (Bound(stiff_row, track.bias), NO_AIR)]
    asked, said = list(TIMES), []
    for k, place in enumerate(plots.row):
        now = truth(flight, int(place))
        before = truth(flight, int(plots.row[k - 1])) if k else None
        dt = track.at[k] - track.at[k - 1] if k else 0.0
        for bound, _ in bounds:
            bound.step(before, now, dt, (flight.origin, flight.axes, plots.sigma[k]))
        if k >= used:
            track.step(k)
        since = track.at[k] - track.at[0]
        over = k + 1 == len(plots.row) or track.at[k + 1] - track.at[0] > asked[0] + 1e-9
        if k + 1 < used or not over:
            continue
        t = asked.pop(0)
        while asked and asked[0] <= since:
            asked.pop(0)
        # Late plots are no answer at t; and at the end nobody asks.
        if since < t - 4.5 or flight.impact_at - track.at[k] < LAST:
            break
        out, x, p = track.landing(settings)
        if not np.isfinite(out[0]):
            continue
        d = x[:6] - now[:6]
        nees = float(d @ np.linalg.solve(p[:6, :6], d))
        both = [c[np.triu_indices(2)] for b, u in bounds for c in [b.landing(now, u)]]
        said.append([t, *miss(flight, out[0], out[1]), *out[3:6], *both[0], *both[1], nees,
                     track.weight[0, 1], flight.impact_at - track.at[k]])  # fmt: skip
        if not asked:
            break
    return said


def summary(rows: Floats, rng: np.random.Generator) -> dict[str, float]:
    """Median and 90th percentile of miss and bounds, ratio, and share in the 90 % ellipse."""
    size = np.hypot(rows[:, 1], rows[:, 2])

    def mixture(c: Floats) -> Floats:
        full = np.stack([c[:, [0, 1]], c[:, [1, 2]]], axis=1)
        root = np.linalg.cholesky(full)
        draw = rng.standard_normal((DRAWS, len(c), 2))
        return np.linalg.norm(np.einsum("nij,dnj->dni", root, draw), axis=2).ravel()

    ee, en, nn = rows[:, 3:6].T
    e, n = rows[:, 1], rows[:, 2]
    d2 = (nn * e * e - 2.0 * en * e * n + ee * n * n) / (ee * nn - en * en)
    bound, stiff = mixture(rows[:, 6:9]), mixture(rows[:, 9:12])
    unit = np.sqrt(rows[:, 6] + rows[:, 8])
    scaled = np.quantile(bound.reshape(DRAWS, -1) / unit, 0.9)
    return {
        "flights": len(rows),
        "median": float(np.median(size)),
        "p90": float(np.quantile(size, 0.9)),
        "bound_median": float(np.median(bound)),
        "bound_p90": float(np.quantile(bound, 0.9)),
        "ratio": float(np.quantile(size, 0.9) / np.quantile(bound, 0.9)),
        "stiff_ratio": float(np.quantile(size, 0.9) / np.quantile(stiff, 0.9)),
        "scaled_ratio": float(np.quantile(size / unit, 0.9) / scaled),
        "cover": float(np.mean(d2 <= CHI2_90)),
        "nees": float(np.mean(rows[:, 12])),
        "boost": float(np.mean(rows[:, 13])),
    }


def main() -> None:
    """Run, print the table, and write it where asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--flights", type=int, default=300, help="of each family")
    parser.add_argument("--seed", type=int, default=2_000)
    parser.add_argument("--radar", default="5 m 1 mrad 1 s")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--calm", action="store_true", help="truth obeys the filter's law")
    parser.add_argument("--speed", action="store_true", help="measure the kernels instead")
    for name in Unrest.__struct_fields__:
        parser.add_argument(f"--{name}", type=float)
    asked = parser.parse_args()
    given = {
        k: getattr(asked, k) for k in Unrest.__struct_fields__ if getattr(asked, k) is not None
    }
    settings = BallisticSettings(unrest=Unrest(**given))
    if asked.speed:
        said_speed = speed(asked.seed)
        if asked.json:
            asked.json.write_text(json.dumps(said_speed, indent=1))
        return
    radar, table, began = RADARS[asked.radar], {}, time.process_time()
    pool = []
    print(f"{asked.radar}; {asked.flights} flights of each family, seed {asked.seed}")
    print(f"{'family':22}{'s':>5}{'n':>6}{'median':>9}{'p90':>9}{'bound':>9}{'ratio':>7}{'scaled':>8}"
          f"{'stiff':>7}{'in 90 %':>9}{'nees':>7}{'boost':>7}")  # fmt: skip
    for index, (name, family) in enumerate(FAMILIES.items()):
        rows = []
        for k in range(asked.flights):
            rng = np.random.default_rng([asked.seed, index, k])
            flight = fly(rng, family, radar.period, calm=asked.calm)
            rows += one(flight, look(rng, flight, radar), radar, settings)
        every = np.array(rows)
        pool.append(every)
        for t in [*TIMES, None]:
            chosen = every if t is None else every[every[:, 0] == t]
            if len(chosen) < LEAST_ROWS:
                continue
            said = summary(chosen, np.random.default_rng(0))
            table[f"{name}, {t or 'all'}"] = said
            show(name, t, said)
    said = summary(np.concatenate(pool), np.random.default_rng(0))
    table["all"] = said
    show("all", None, said)
    print(f"{time.process_time() - began:.0f} CPU s")
    if asked.json:
        asked.json.write_text(json.dumps(table, indent=1))


def speed(seed: int) -> dict[str, dict[str, float]]:
    """Flights to the ground, and full predictions with covariance, per CPU second of one core."""
    said, unrest = {}, Unrest().columns()
    for index, (name, family) in enumerate(FAMILIES.items()):
        flights = [fly(np.random.default_rng([seed, index, k]), family, 1.0) for k in range(40)]
        state = np.array([truth(f, 0) for f in flights] * 50)[:, :PARTS]
        rows, p = np.arange(len(state)), np.tile(np.eye(PARTS), (len(state), 1, 1))
        flown, out, zero = np.empty((len(rows), 7)), np.empty((len(rows), COLUMNS)), np.zeros(2_000)
        inv_beta = np.exp(state[:, 6])
        each = []
        for work in (
            lambda: descend(rows, state, inv_beta, flown),  # noqa: B023 - called at once
            lambda: predict_landings(rows, state, p, zero, 0.0, unrest, out),  # noqa: B023
        ):
            work()
            lapse = []
            for _ in range(REPEATS):
                began = time.process_time()
                work()
                lapse.append(time.process_time() - began)
            each.append(len(rows) / float(np.median(lapse)))
        said[name] = {"propagations": each[0], "predictions": each[1]}
        print(f"{name:22}{each[0]:12,.0f} propagations/s{each[1]:12,.0f} predictions/s")
    return said


def show(name: str, t: float | None, said: dict[str, float]) -> None:
    """Print one line."""
    print(f"{name:22}{t or 'all':>5}{said['flights']:6.0f}{said['median']:9.0f}{said['p90']:9.0f}"
          f"{said['bound_p90']:9.0f}{said['ratio']:7.2f}{said['scaled_ratio']:8.2f}{said['stiff_ratio']:7.2f}"
          f"{100 * said['cover']:8.1f}%{said['nees']:7.2f}{said['boost']:7.3f}")  # fmt: skip


if __name__ == "__main__":
    main()
