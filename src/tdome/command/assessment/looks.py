"""``looks-v1``: kill assessment by looks: whether radars still see the track."""

import numpy as np
from numpy.typing import NDArray

from tdome.kernel.ids import rows_of
from tdome.messages.base import Floats, Header, Longs
from tdome.messages.codes import EngagementState as State
from tdome.messages.codes import TrackStatus, Verdict, code_set
from tdome.messages.fire import Engagements, KillAssessments
from tdome.messages.tracks import SystemTracks, unpack_covariance
from tdome.plan.plan import Plan

Flags = NDArray[np.bool_]

# Notional: what a radar sees of a target that was hit.
DEBRIS = 0.15  # probability that debris still gives plots to the track just after the hit
DEBRIS_FADES_S = 5.0  # s, mean time until it no longer does
WRECK = 0.5  # probability that the wreck of a level flyer gives plots to the track as it falls
GONE_WEIGHT = 3.0  # missed_weight that a dropped track counts as, at least

FALL = 4.0, 35.0  # m/s^2 as a filter shows it that lags, m/s: how what was hit sinks, at most
SINK_SIGMA = 5.0, 15.0  # m/s: how much the sink of one that flies on, and of one that falls, varies

BLUR_S = 1.0  # a plot up to so long after the predicted intercept may come from before it
SILENCE = 1.0  # missed_weight from which silence is evidence
FALLS = 3.0  # log-likelihood ratio from which a fall is evidence as good as silence
KILL_ABOVE = 0.9
MISS_BELOW = 0.2
LAST_DELAYS, LAST_S = 3.0, 10.0  # a verdict is forced so many assessment delays and s later

_MOST_FALL = 20.0
_JUDGED = code_set(
    State.AUTHORISED, State.LAUNCHED, State.IN_FLIGHT, State.TERMINAL, State.ASSESSED
)


class LooksAssessor:
    """Bayes' rule on two kinds of evidence: plots after the intercept, and looks without a plot.

    Prior P(kill) = believed pk of the salvo. With w the track's missed_weight and a the age at
    which the last plot came after the intercept (a <= BLUR_S counts as none):

        P(evidence | alive)  = exp(-w)
        P(evidence | killed) = (DEBRIS exp(-a / DEBRIS_FADES_S) + WRECK r if a plot came, else 1)
                               (1 - DEBRIS if w > 0, else 1)

    r = N(s; min(FALL[0] a, FALL[1]), SINK_SIGMA[1]^2 + q) / N(s; 0, SINK_SIGMA[0]^2 + q) for a
    level track of sink s and variance q of it: whether it falls as a wreck does or flies on. 0 for
    a ballistic track, whose wreck is lost to it (it brakes too hard).

    A track that is gone counts as w >= GONE_WEIGHT. KILL above KILL_ABOVE if radars were silent
    (w >= SILENCE) or the track falls, MISS below MISS_BELOW if a plot came, else UNDETERMINED,
    which is said once. LAST_DELAYS assessment delays and LAST_S after the intercept the likelier
    verdict is final.
    Intercept here is that of the last round: the rounds of a salvo come one spacing apart. The
    engagements judged are those whose last intercept is an assessment delay ago, whether or not
    the unit's reports have come.

    Errors: long-lived debris of what was no level flyer is called MISS; a live target that dives
    in these seconds, drops below the horizon, or is lost where believed detection is poor, is
    called KILL; looks missed before the intercept count too, as the track keeps one sum since its
    last plot; a track number that swapped to a neighbour tells the neighbour's fate. With no look
    at all before the limit, the prior decides.
    """

    def __init__(self, plan: Plan) -> None:
        self.spacing = np.rint(plan.units.spacing * 1e9).astype(np.int64)
        self.delay = round(plan.doctrine.assessment_delay_s * 1e9)
        self.limit = round(LAST_DELAYS * self.delay + LAST_S * 1e9)

    def start(self) -> None:
        """Return the state: none."""

    def assess(
        self, state: None, engagements: Engagements, tracks: SystemTracks, now: int
    ) -> tuple[None, KillAssessments]:
        """Judge the engagements whose time has come at ``now`` (int ns UTC)."""
        last_at = self._last_intercepts(engagements)
        due = now >= last_at + self.delay
        rows = np.flatnonzero(due & _JUDGED[engagements.state])
        number = engagements.track_number[rows]
        weight, age, falls = _evidence(tracks, number, last_at[rows])
        plotted, silent = age > BLUR_S, (weight >= SILENCE) | (falls > FALLS)
        kill = _posterior(engagements.pk[rows].astype(np.float64), weight, age, plotted, falls)

        verdict = np.full(len(rows), Verdict.UNDETERMINED, np.int8)
        verdict[(kill > KILL_ABOVE) & silent] = Verdict.KILL
        verdict[(kill < MISS_BELOW) & plotted] = Verdict.MISS
        forced = (verdict == Verdict.UNDETERMINED) & (now >= last_at[rows] + self.limit)
        verdict[forced] = np.where(kill[forced] > 0.5, Verdict.KILL, Verdict.MISS)  # noqa: PLR2004
        # The controller remembers UNDETERMINED as ASSESSED; saying it again is no news.
        told = (verdict != Verdict.UNDETERMINED) | (engagements.state[rows] != State.ASSESSED)
        return state, KillAssessments(
            header=Header("assessment", 0, now, now),
            engagement=engagements.engagement[rows[told]],
            track_number=number[told],
            kill_probability=kill[told].astype(np.float32),
            verdict=verdict[told],
        )

    def _last_intercepts(self, engagements: Engagements) -> Longs:
        """When the last round of each salvo is due, int ns; before that nothing is decided."""
        return engagements.intercept_at + (engagements.rounds - 1) * self.spacing[engagements.unit]


def _evidence(
    tracks: SystemTracks, number: NDArray[np.int32], intercept_at: Longs
) -> tuple[Floats, Floats, Floats]:
    """Return missed_weight, age in s of the last plot at each intercept, and ln r; shapes (n,)."""
    row = rows_of(tracks.track_number, number)
    there: Flags = row >= 0
    row = row[there]
    weight = np.full(len(number), GONE_WEIGHT)
    age = np.full(len(number), -np.inf)
    weight[there] = tracks.missed_weight[row]
    age[there] = (tracks.updated_at[row] - intercept_at[there]) / 1e9
    dropped = np.flatnonzero(there)[tracks.status[row] == TrackStatus.DROPPED]
    weight[dropped] = np.maximum(weight[dropped], GONE_WEIGHT)
    falls = np.full(len(number), -np.inf)
    falls[there] = _falling(tracks, row, age[there])
    return weight, age, falls


def _falling(tracks: SystemTracks, row: NDArray[np.intp], age: Floats) -> Floats:
    """Return ln r of tracks, (n,), -inf for ballistic ones and those not seen since."""
    state, full = tracks.state[row], unpack_covariance(tracks.covariance[row])
    up = state[:, :3] / np.maximum(np.linalg.norm(state[:, :3], axis=1), 1.0)[:, None]
    sink = -np.sum(state[:, 3:] * up, axis=1)
    variance = np.maximum(np.einsum("ni,nij,nj->n", up, full[:, 3:, 3:], up), 0.0)
    flies, drops = SINK_SIGMA[0] ** 2 + variance, SINK_SIGMA[1] ** 2 + variance
    off = sink - np.minimum(FALL[0] * age, FALL[1])
    ratio = 0.5 * (sink * sink / flies - off * off / drops + np.log(flies / drops))
    level = (tracks.ballistic[row] == 0) & (age > BLUR_S)
    return np.where(level, np.minimum(ratio, _MOST_FALL), -np.inf)


def _posterior(prior: Floats, weight: Floats, age: Floats, plotted: Flags, falls: Floats) -> Floats:
    """P(kill | evidence); see the class. A certain prior is taken back a little: it may err."""
    prior = np.clip(prior, 1e-3, 1.0 - 1e-3)
    alive = np.exp(-weight)
    debris = DEBRIS * np.exp(-np.where(plotted, age, 0.0) / DEBRIS_FADES_S) + WRECK * np.exp(falls)
    killed = np.where(plotted, debris, 1.0) * np.where(weight > 0.0, 1.0 - DEBRIS, 1.0)
    posterior: Floats = prior * killed / (prior * killed + (1.0 - prior) * alive)
    return posterior
