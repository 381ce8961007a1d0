"""Settings and memory of the registration, in columns."""

from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.messages.base import Floats, Ints, Longs
from tdome.plan.books.sites import SiteBook

COMPONENTS = 4  # range m, azimuth rad, elevation rad, time s
RANGE, AZIMUTH, ELEVATION, TIME = range(COMPONENTS)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What is believed of biases and of targets.

    prior: standard errors of range, azimuth and elevation bias in units of the sensor's own sigma;
    0 holds one at zero. prior_time: of the time offset, s; 0 holds it at zero. drift: growth of a
    bias, in sigma (time: in prior_time) after 60 s of random walk. noise: acceleration of targets,
    m^2/s^3. gate: on each coordinate, in standard errors. warm: plots of a target before it
    counts. segment: s, after which a target starts anew. silence: s, after which it is forgotten.
    most: targets at once. height_sigma: of a transponder's height, m.
    """

    prior: tuple[float, float, float] = (4.0, 4.0, 4.0)
    prior_time: float = 0.0
    drift: float = 0.03
    noise: float = 4.0
    gate: float = 4.0
    warm: int = 6
    segment: float = 40.0
    silence: float = 30.0
    most: int = 2_000
    height_sigma: float = 30.0


class BiasState(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Estimate of all biases, and one filter for each target that helps to find them.

    at: int ns, of the estimate; -1 before the first. bias: (4 S,) of sensor s: range m, azimuth
    rad, elevation rad, time s at rows 4 s : 4 s + 4; measured = true + bias, stamp = true + bias.
    covariance: (4 S, 4 S). used, refused: plots that counted, and that the gate kept out. evidence:
    ln of the Bayes factor of "biases as the priors have it" against "none at all". target: (n,)
    ids, ascending. clock, began: (n,) int ns. plots, misfits: (n,). state: (n, 6), p: (n, 6,
    6) of the filter that believes ``bias``. velocity: (n, 3) at which stamps are linearised. slope:
    (n, 6, 4 S): how its error depends on that of ``bias``.
    """

    at: int
    bias: Floats
    covariance: Floats
    used: int
    refused: int
    evidence: float
    target: Longs
    clock: Longs
    began: Longs
    plots: Ints
    misfits: Ints
    state: Floats
    velocity: Floats
    p: Floats
    slope: Floats

    @classmethod
    def start(cls, sites: SiteBook, settings: Settings) -> Self:
        """Return the state before anything was seen: the priors, and no target."""
        size = COMPONENTS * len(sites)
        return cls(
            at=-1,
            bias=np.zeros(size),
            covariance=np.diag(prior_variance(sites, settings)),
            used=0,
            refused=0,
            evidence=0.0,
            target=np.empty(0, np.int64),
            clock=np.empty(0, np.int64),
            began=np.empty(0, np.int64),
            plots=np.empty(0, np.int32),
            misfits=np.empty(0, np.int32),
            state=np.empty((0, 6)),
            velocity=np.empty((0, 3)),
            p=np.empty((0, 6, 6)),
            slope=np.empty((0, 6, size)),
        )

    def targets(self, rows: NDArray[np.bool_] | NDArray[np.integer]) -> Self:
        """Return the state with some of its targets only, in columns of its own."""
        return msgspec.structs.replace(
            self, **{name: getattr(self, name)[rows] for name in TARGET_COLUMNS}
        )


TARGET_COLUMNS = (
    "target", "clock", "began", "plots", "misfits", "state", "velocity", "p", "slope",
)  # fmt: skip


def cooperative(sites: SiteBook) -> NDArray[np.bool_]:
    """Tell of each site whether it passes on where flyers say they are, (S,)."""
    if sites.place_sigma is None:
        return np.zeros(len(sites), np.bool_)
    return np.isfinite(sites.place_sigma)


def unit(sites: SiteBook, settings: Settings) -> Floats:
    """Return what a bias is measured in, (S, 4): the sensor's sigma, and prior_time; nan to 0.

    Cooperative sites have none: flyers tell place and time of satellite navigation.
    """
    out = np.zeros((len(sites), COMPONENTS))
    out[:, :TIME] = np.nan_to_num(sites.sigma[:, :TIME])
    out[:, TIME] = settings.prior_time
    out[cooperative(sites)] = 0.0
    return out


def prior_variance(sites: SiteBook, settings: Settings) -> Floats:
    """Return the variance of each bias before anything was seen, (4 S,)."""
    scale = np.array([*settings.prior, 1.0])
    variance: Floats = np.square(unit(sites, settings) * scale)
    return variance.reshape(-1)


def drift_variance(sites: SiteBook, settings: Settings) -> Floats:
    """Return how fast the variance of each bias grows, per s, (4 S,); 0 for what is held."""
    held = prior_variance(sites, settings) == 0.0
    growth = np.square(unit(sites, settings) * settings.drift).reshape(-1) / 60.0
    return np.where(held, 0.0, growth)
