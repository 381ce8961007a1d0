"""``bayes-v1``: kill assessment by Bayes' rule from plots after the intercept, verdicts by cost.

    ln P / (1 - P) = B + K_p ln p / (1 - p) + K_w min(w, MOST_SILENCE) + K_d debris
                     + plotted (A_law - R_law min(a, MOST_AGE) + K_m m + K_f f)

p: believed kill probability of the salvo; K_p < 1 because rounds at one target share their luck. w:
missed_weight since the intercept or the last plot, sum of -ln(1 - Pd) over the looks that should
have seen it: what silence says against a live target (looks that jamming, horizon or range make
blind count for little there). debris: a slow new track stands where its wreck may be (evidence.py).
plotted: a plot fed the track after the last intercept. m: what that says of its motion. With g =
way not flown since the intercept over that expected, or the loss of speed over the speed, whichever
says more,

    m = -ln N(g; 0, q + LOOSE^2), within +- CAP     (a wreck: g uniform on 0..1)

f: dB that the echo lost. a: age in s of the last plot, from the last intercept on: right after it a
level flyer's wreck is where a live one would be, and only a later plot tells. A_law, R_law: by law
of motion, since m does not say the same in both.

The coefficients are fitted: logistic regression on recorded runs (docs/concepts/assessment), and
judged on others. The signs are held, so that P is monotone in each kind of evidence.

Verdict: an error costs rounds: 1 to engage what is dead, ``false_kill_cost`` = R not to engage what
lives. A verdict is given as soon as what it is expected to cost is below WAITING rounds, KILL only
if something was seen or missed,

    KILL: R (1 - P) < WAITING,      MISS: P < WAITING,

else UNDETERMINED, which is said once. LAST_DELAYS assessment delays and LAST_S after the last
intercept the cheaper verdict is final: KILL if R (1 - P) < P.

Errors: a live target that turns away hard brakes like a wreck; a neighbour's new track may pass for
debris; what is lost below the horizon at the burst is told by its prior and its looks alone.
"""

import msgspec
import numpy as np

from tdome.command.assessment.before import Before, Flags
from tdome.command.assessment.evidence import Found, gather
from tdome.messages.base import Codes, Floats, Header, Longs
from tdome.messages.codes import EngagementState as State
from tdome.messages.codes import Verdict, code_set
from tdome.messages.fire import Engagements, KillAssessments
from tdome.messages.tracks import SystemTracks
from tdome.plan.plan import Plan

MOST_SILENCE, MOST_AGE, CAP = 6.0, 12.0, 4.0
LOOSE_WAY, LOOSE_SPEED = 0.05, 0.08  # of who lives, as shares
UNKNOWN = -1.0  # m of a track that nobody saw before
SURE = 5.0  # nats: no prior is surer
FAINT_DB = (-6.0, 12.0)
WAITING = 0.2  # rounds that waiting for better evidence is worth
SILENT = 1.0  # missed_weight from which silence is evidence
BRAKED = 0.5  # m from which its motion is
LAST_DELAYS, LAST_S = 3.0, 10.0  # a verdict is forced so many assessment delays and s later

_JUDGED = code_set(
    State.AUTHORISED, State.LAUNCHED, State.IN_FLIGHT, State.TERMINAL, State.ASSESSED
)
_FOLLOWED = _JUDGED | code_set(State.RECOMMENDED)


class Weights(msgspec.Struct, frozen=True):
    """The fitted coefficients (see the module); all but bias and plotted_* are not negative."""

    bias: float = -0.32
    prior: float = 0.63
    silence: float = 0.60
    plotted_level: float = 1.45
    plotted_falling: float = -1.85
    age_level: float = 0.45
    age_falling: float = 0.0
    motion: float = 1.69
    fainter: float = 0.08
    debris: float = 1.79


class BayesAssessor:
    """Bayesian kill assessment; see the module."""

    def __init__(self, plan: Plan, weights: Weights | None = None) -> None:
        self.weights = weights or Weights()
        self.cost = plan.doctrine.false_kill_cost
        self.spacing = np.rint(plan.units.spacing * 1e9).astype(np.int64)
        self.delay = round(plan.doctrine.assessment_delay_s * 1e9)
        self.limit = round(LAST_DELAYS * self.delay + LAST_S * 1e9)

    def start(self) -> Before:
        """Return the state of an assessor that has seen nothing."""
        return Before.nothing()

    def assess(
        self, state: Before, engagements: Engagements, tracks: SystemTracks, now: int
    ) -> tuple[Before, KillAssessments]:
        """Judge the engagements whose time has come at ``now`` (int ns UTC)."""
        after = state.seen(engagements, tracks, _FOLLOWED[engagements.state], now)
        last_at = self._last_intercepts(engagements)
        due = (now >= last_at + self.delay) & _JUDGED[engagements.state]
        if not due.any():
            return after, _nothing_told(now)
        found = gather(after, engagements, last_at, tracks, now)
        kill = probability(self.weights, engagements.pk.astype(np.float64), found)
        forced = now >= last_at + self.limit
        verdict = self._verdicts(kill, found, forced)
        # The controller remembers UNDETERMINED as ASSESSED; saying it again is no news.
        told = due & ((verdict != Verdict.UNDETERMINED) | (engagements.state != State.ASSESSED))
        return after, KillAssessments(
            header=Header("assessment", 0, now, now),
            engagement=engagements.engagement[told],
            track_number=engagements.track_number[told],
            kill_probability=kill[told].astype(np.float32),
            verdict=verdict[told],
        )

    def _verdicts(self, kill: Floats, found: Found, forced: Flags) -> Codes:
        evidence = (found.silence >= SILENT) | (motion_evidence(found) >= BRAKED)
        evidence |= found.debris > 0.0
        verdict = np.full(len(kill), Verdict.UNDETERMINED, np.int8)
        wrong_kill = self.cost * (1.0 - kill)
        verdict[(wrong_kill < WAITING) & evidence] = Verdict.KILL
        verdict[kill < WAITING] = Verdict.MISS
        last = np.where(wrong_kill < kill, Verdict.KILL, Verdict.MISS)
        open_still = forced & (verdict == Verdict.UNDETERMINED)
        verdict[open_still] = last[open_still]
        return verdict

    def _last_intercepts(self, engagements: Engagements) -> Longs:
        """When the last round of each salvo is due, int ns; before that nothing is decided."""
        return engagements.intercept_at + (engagements.rounds - 1) * self.spacing[engagements.unit]


def _nothing_told(now: int) -> KillAssessments:
    return KillAssessments(
        header=Header("assessment", 0, now, now),
        engagement=np.zeros(0, np.int32),
        track_number=np.zeros(0, np.int32),
        kill_probability=np.zeros(0, np.float32),
        verdict=np.zeros(0, np.int8),
    )


def motion_evidence(found: Found) -> Floats:
    """Return m, (n,), of the module; 0 where no plot came, UNKNOWN where nobody saw it before."""
    each = [
        _braked(found.lag, np.hypot(found.lag_sigma, LOOSE_WAY)),
        _braked(found.slow, np.hypot(found.slow_sigma, LOOSE_SPEED)),
    ]
    return np.where(np.isfinite(found.age), np.nan_to_num(np.maximum(*each), nan=UNKNOWN), 0.0)


def probability(weights: Weights, prior: Floats, found: Found) -> Floats:
    """Return P(kill | evidence), (n,), for believed kill probabilities (n,)."""
    sure = np.clip(prior, 1e-9, 1.0 - 1e-9)
    odds = weights.bias + weights.prior * np.clip(np.log(sure / (1.0 - sure)), -SURE, SURE)
    odds += weights.silence * np.minimum(found.silence, MOST_SILENCE)
    odds += weights.debris * found.debris
    age = np.clip(found.age, 0.0, MOST_AGE)
    law = np.where(
        found.level > 0.0,
        weights.plotted_level - weights.age_level * age,
        weights.plotted_falling - weights.age_falling * age,
    )
    faint = np.nan_to_num(np.clip(found.fainter, *FAINT_DB))
    change = law + weights.motion * motion_evidence(found) + weights.fainter * faint
    odds += np.where(np.isfinite(found.age), change, 0.0)
    return np.asarray(1.0 / (1.0 + np.exp(-odds)))


def _braked(loss: Floats, sigma: Floats) -> Floats:
    """Return -ln N(loss; 0, sigma^2), not more for who is faster than expected."""
    off = np.maximum(loss, 0.0) / sigma
    log = 0.5 * off * off + np.log(sigma * np.sqrt(2.0 * np.pi))
    return np.asarray(np.clip(log, -CAP, CAP))
