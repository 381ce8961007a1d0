"""Settings of the tracker core: every number with its reason, and the presets."""

from typing import Final, Literal, Self

import msgspec
import numpy as np

from tdome.command.tracking.laws import fall
from tdome.messages.base import Floats

Association = Literal["gnn", "jpda", "lmb"]
Filter = Literal["ekf", "ukf", "imm"]

# Places in the array of numbers that the kernels read.
K_FILTER: Final = 0  # 0 ekf, 1 ukf, 2 imm
K_SCORED: Final = 1
K_GATE: Final = 2
K_LEVEL: Final = 3
K_CLIMB: Final = 4
K_SPEED: Final = 5
K_CLIMB_SPEED: Final = 6
K_CONFIRM_HITS: Final = 7
K_DELETE: Final = 8
K_DELETE_TENTATIVE: Final = 9
K_COVERAGE: Final = 10
K_LIKELIHOOD: Final = 11
K_NEW: Final = 12
K_CONFIRM: Final = 13
K_TELL: Final = 14
K_DROP: Final = 15
K_DROP_TENTATIVE: Final = 16
K_LIFE: Final = 17
K_COAST: Final = 18
K_CALM: Final = 19
K_CALM_CLIMB: Final = 20
K_HARD: Final = 21
K_HARD_CLIMB: Final = 22
K_TURN: Final = 23
K_TURN_CLIMB: Final = 24
K_RATE_NOISE: Final = 25
K_RATE: Final = 26
K_STAY: Final = 27  # 3
K_WEIGHT: Final = 30  # 3
K_MERGE: Final = 33
K_MERGE_EVERY: Final = 34
K_TELL_EVERY: Final = 35
K_FLAT: Final = 36
K_FASTEST: Final = 37
K_SHARED: Final = 38  # 1: jpda
K_SECOND: Final = 42  # 1: a second look, with the hard mode's covariance
K_LUNGE: Final = 43
K_LUNGE_CLIMB: Final = 44
K_CONTINUE: Final = 45
K_PULL: Final = 46
K_PULL_CLIMB: Final = 47
K_PULL_STAY: Final = 48
K_OUTAGES: Final = 49  # 1: a look that misses too many tracks is doubted
K_MAP: Final = 50  # 1: clutter map
K_STRICT: Final = 51  # 1: names never spread by merging
K_RISING: Final = 52
K_RISING_ABOVE: Final = 53
K_STILL: Final = 54
K_BALLISTIC: Final = 56  # 17, of the fall
NUMBERS: Final = 74

STANDS: Final = 7.0
"""Bound of ``still`` where fixed clutter must not be told of: odds of 1,100 to 1."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a tracker is told to do. Presets: :meth:`gnn_ekf`, :meth:`imm`.

    association: "gnn", "jpda", or "lmb" (:func:`tdome.command.tracking.dense.engine.engine_for`).
    filter: of confirmed tracks; tentative ones always fly the single near-constant velocity.
    gate: in standard deviations. acceleration: spectral densities of the single filter,
    horizontal and along up, m^2/s^3. speed: standard errors of the first velocity, horizontal and
    along up, m/s. scored: life by log odds (True) or by counts. coverage: a look at a place that
    the site does not reach is no miss.

    Counts: confirmed at the ``confirm_hits``-th plot, deleted after ``delete`` looks in vain
    (tentative: ``delete_tentative``).
    Scores: log odds of existence. new: of a first plot. confirm: at which, and from
    ``confirm_hits`` plots on, it is confirmed. tell: under which it is not told of. drop,
    drop_tentative: under which it ends. life: mean life of a target, s: certainty fades with it.
    coast: longest time without a plot, s.

    Modes: calm, hard and turn are spectral densities (horizontal, up) in m^2/s^3, rate_noise
    in rad^2/s^3, rate the standard error of the rate of a turn that begins, rad/s, stay the mean
    stay in calm, hard, turn, s, weight their first weights.
    pull: standard deviations of the hard mode's acceleration (horizontal, up), m/s^2, and its
    correlation time, s (:mod:`.filters.pull`, nine states; "gnn" alone); 0: white noise alone.
    fall: a track over the Earth (not in a flat frame, not with ``pull``) that is high or fast is
    tried as a falling body too (:mod:`.filters.laws`).
    rising: least standard error of each part of the first velocity, m/s, of what begins above a
    height, m, and below that of aircraft: rockets that rise there are neither slow nor level. With
    ``fall`` alone; 0: ``speed`` holds.
    second_look: confirmed tracks without a plot look again with the wide modes ("gnn" with "imm"
    and scores alone; :mod:`.second`); lunge: densities that this adds to the hard mode, m^2/s^3.
    continue_pull: acceleration, m/s^2, that a new track may differ by from a lost one whose number
    it takes (:mod:`.continuity`; with scores and ``merge``, whose gate it shares); 0: never.
    merge: gate of d^2 (6 numbers) under which two tracks are the same; 0: never. merge_every,
    tell_every: s; tell_every 0 tells after each scan. fastest: m/s, of what may be a track.

    strict_names: a track with a transponder address and one without are never made one, nor own
    force and others: where who flies there decides who is shot at.
    clutter_map: learn where a site's false plots come from (:mod:`.radar.clutter`; not with "lmb").
    still: log-likelihood ratio from which on a track is taken for a thing that stands, and is not
    told of (:mod:`.radar.still`; not with "lmb"); 0: never, as in the presets, which tell all.
    outages: a look that misses too many tracks is doubted, not the tracks (:mod:`.radar.outage`;
    not with "lmb").

    Labelled mixtures ("lmb", tdome.command.tracking.dense) read new as the log odds of a target in
    a plot that fed none, confirm, tell and drop_tentative as those of existence; hypotheses: of a
    track at most. cell: of the resolution, range m, azimuth and elevation rad, of radars whose site
    tells none; 0: all are resolved ("lmb" alone).
    """

    association: Association = "gnn"
    filter: Filter = "ekf"
    gate: float = 4.0
    acceleration: tuple[float, float] = (20.0, 5.0)
    speed: tuple[float, float] = (200.0, 30.0)
    scored: bool = False
    coverage: bool = False
    confirm_hits: int = 3
    delete: int = 4
    delete_tentative: int = 2
    new: float = -4.0
    confirm: float = 4.0
    tell: float = 0.0
    drop: float = -3.0
    drop_tentative: float = -5.5
    life: float = 1200.0
    coast: float = 30.0
    calm: tuple[float, float] = (0.5, 0.2)
    hard: tuple[float, float] = (300.0, 5.0)
    turn: tuple[float, float] = (2.0, 0.2)
    rate_noise: float = 0.0004
    rate: float = 0.15
    stay: tuple[float, float, float] = (60.0, 8.0, 15.0)
    weight: tuple[float, float, float] = (0.8, 0.1, 0.1)
    pull: tuple[float, float, float] = (0.0, 0.0, 20.0)
    second_look: bool = False
    lunge: tuple[float, float] = (700.0, 1000.0)
    fall: bool = False
    rising: tuple[float, float] = (0.0, 0.0)
    continue_pull: float = 0.0
    merge: float = 0.0
    merge_every: float = 4.0
    tell_every: float = 0.0
    fastest: float = 8000.0
    hypotheses: int = 4
    cell: tuple[float, float, float] = (0.0, 0.0, 0.0)
    strict_names: bool = False
    clutter_map: bool = False
    outages: bool = False
    still: float = 0.0

    @classmethod
    def gnn_ekf(cls) -> Self:
        """Return the peer's tracker: one filter, nearest neighbours by distance, counts.

        Numbers and rules are those of Stone Soup's components as our benchmark sets them up:
        DistanceHypothesiser (Mahalanobis, 4), GNNWith2DAssignment, MultiMeasurementInitiator
        (3 points), UpdateTimeStepsDeleter (4; 2 while tentative).
        """
        return cls()

    @classmethod
    def ukf(cls) -> Self:
        """Return :meth:`gnn_ekf` with an unscented update in place of the linearised one."""
        return cls(filter="ukf")

    @classmethod
    def imm(cls) -> Self:
        """Return three modes, scores, coverage and merging; tuned on the seeds in the docs."""
        return cls(
            filter="imm", scored=True, coverage=True, merge=20.0, gate=5.5, confirm_hits=2,
            new=-3.0, confirm=4.5, drop_tentative=-5.0, life=600.0, speed=(220.0, 20.0),
            hard=(800.0, 5.0), rate=0.2, rate_noise=0.0002, stay=(120.0, 16.0, 30.0),
            second_look=True, drop=-7.0, continue_pull=70.0, clutter_map=True,
            outages=True, fall=True,
        )  # fmt: skip

    @classmethod
    def lmb(cls) -> Self:
        """Return labelled mixtures over three modes, for dense raids; see tracking/dense."""
        return cls(
            association="lmb", filter="imm", scored=True, coverage=True, merge=20.0, gate=5.5,
            new=-3.5, confirm=3.0, tell=1.5, drop_tentative=-7.0, life=400.0, speed=(220.0, 20.0),
            hard=(800.0, 5.0), rate=0.2, rate_noise=0.0002, stay=(120.0, 16.0, 30.0),
        )  # fmt: skip

    def numbers(self, *, flat: bool) -> Floats:
        """Return what the kernels read."""
        k = np.zeros(NUMBERS)
        k[K_FILTER] = ("ekf", "ukf", "imm").index(self.filter)
        k[K_SCORED], k[K_COVERAGE] = self.scored, self.coverage
        k[K_LIKELIHOOD] = self.scored or self.association != "gnn"
        k[K_GATE], k[K_FLAT] = self.gate, flat
        k[K_LEVEL], k[K_CLIMB] = self.acceleration
        k[K_SPEED], k[K_CLIMB_SPEED] = self.speed
        k[K_CONFIRM_HITS], k[K_DELETE] = self.confirm_hits, self.delete
        k[K_DELETE_TENTATIVE] = self.delete_tentative
        k[K_NEW], k[K_CONFIRM], k[K_TELL] = self.new, self.confirm, self.tell
        k[K_DROP], k[K_DROP_TENTATIVE] = self.drop, self.drop_tentative
        k[K_LIFE], k[K_COAST] = self.life, self.coast
        k[K_CALM], k[K_CALM_CLIMB] = self.calm
        k[K_HARD], k[K_HARD_CLIMB] = self.hard
        k[K_TURN], k[K_TURN_CLIMB] = self.turn
        k[K_RATE_NOISE], k[K_RATE] = self.rate_noise, self.rate
        k[K_STAY : K_STAY + 3], k[K_WEIGHT : K_WEIGHT + 3] = self.stay, self.weight
        k[K_MERGE], k[K_MERGE_EVERY] = self.merge, self.merge_every
        k[K_TELL_EVERY], k[K_FASTEST] = self.tell_every, self.fastest
        k[K_SHARED] = self.association == "jpda"
        k[K_PULL : K_PULL + 3] = self.pull
        k[K_RISING], k[K_RISING_ABOVE] = self.rising
        k[K_STRICT] = self.strict_names
        k[K_OUTAGES] = self.outages and self.scored
        k[K_STILL] = self.still if self.association != "lmb" else 0.0
        k[K_MAP] = self.clutter_map and self.association != "lmb"
        k[K_BALLISTIC : K_BALLISTIC + len(fall.NUMBERS)] = fall.NUMBERS
        k[K_CONTINUE] = self.continue_pull if self.scored and self.merge > 0.0 else 0.0
        k[K_LUNGE], k[K_LUNGE_CLIMB] = self.lunge
        k[K_SECOND] = self.second_look and self.filter == "imm" and self.scored
        return k
