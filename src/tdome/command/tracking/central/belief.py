"""What is believed of the biases, and what of it is applied to plots.

The registration supposes that there are biases, of the size of its priors. Whether there are any
is a question of its own, answered by the Bayes factor of the two models (``BiasState.evidence``;
Kass and Raftery, "Bayes factors", J. Am. Statistical Association 90, 1995), even odds before the
first plot. The mean over both models is applied: b = w b^ with variance w C + w (1 - w) b^ b^',
where w is the probability that there are any. So sensors without bias keep their plots, bit for
bit, once w < ``least``: the wide priors of four biases a sensor count against them.

What plots can not tell (a turn of sensors that stand together, a time that all share) is neither
corrected nor allowed for: it makes no two plots differ. The motion of targets tells a little of it,
as long as they fly as the model says; in manoeuvres that little misleads. So of b^ and C, in units
of the prior, only the axes count whose variance has come down to ``_TOLD``.
"""

import math

import msgspec
import numpy as np

from tdome.command.tracking.registration.state import COMPONENTS, TIME, BiasState
from tdome.messages.base import Floats
from tdome.messages.recording import Recording
from tdome.plan.books.sites import SiteBook

_TOLD = 0.02  # of the prior variance: 0.6 sigma of a plot, for priors of 4 sigma
_STEEP = 700.0  # ln of the largest float, about


class Belief(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Biases (S, 4) as applied, range m, azimuth rad, elevation rad, time s; variance: (S, 4) left.

    any: probability that there are any.
    """

    any: float
    bias: Floats
    variance: Floats

    @property
    def none(self) -> bool:
        """Whether plots and stamps stay as they are."""
        return not self.bias.any()


def believed(state: BiasState, prior: Floats, least: float) -> Belief:
    """Return what is applied to the plots that follow; prior: variances (4 S,)."""
    shape = (len(state.bias) // COMPONENTS, COMPONENTS)
    w = 1.0 / (1.0 + math.exp(min(-state.evidence, _STEEP)))
    if w < least or state.used == 0:
        return Belief(any=w if state.used else 0.5, bias=np.zeros(shape), variance=np.zeros(shape))
    told, left = _told(state, prior)
    left = w * left + w * (1.0 - w) * np.square(told)
    return Belief(any=w, bias=w * told.reshape(shape), variance=left.reshape(shape))


def _told(state: BiasState, prior: Floats) -> tuple[Floats, Floats]:
    """Return biases and variances (4 S,) along the axes of which plots have told enough."""
    free = np.flatnonzero(prior > 0.0)
    unit = np.sqrt(prior[free])
    share, axes = np.linalg.eigh(state.covariance[np.ix_(free, free)] / np.outer(unit, unit))
    axes, share = axes[:, share < _TOLD], share[share < _TOLD]
    bias, left = np.zeros(len(prior)), np.zeros(len(prior))
    bias[free] = unit * (axes @ (axes.T @ (state.bias[free] / unit)))
    left[free] = np.square(unit) * (np.square(axes) @ share)
    return bias, left


def corrected_plots(recording: Recording, belief: Belief) -> Recording:
    """Return the recording with the biases of its plots taken off; stamps stay as they are.

    Ranges stay positive, azimuths in [0, 2 pi).
    """
    known = (recording.sensor >= 0) & (recording.sensor < len(belief.bias))
    row = np.where(known, recording.sensor, 0)
    bias = np.where(known[:, None], belief.bias[row], 0.0)
    each = bias[np.repeat(np.arange(len(recording)), np.diff(recording.start))]
    far = recording.range_m - each[:, 0]
    return msgspec.structs.replace(
        recording,
        range_m=np.where(recording.range_m > 0.0, np.maximum(far, 1.0), recording.range_m),
        azimuth_rad=np.mod(recording.azimuth_rad - each[:, 1], 2.0 * np.pi),
        elevation_rad=recording.elevation_rad - each[:, 2],
    )


def doubtful_sigma(sites: SiteBook, belief: Belief) -> Floats:
    """Return the sites' standard errors (S, 4), widened by what is left of their biases."""
    sigma = sites.sigma.copy()
    sigma[:, :TIME] = np.sqrt(np.square(sigma[:, :TIME]) + belief.variance[:, :TIME])
    return sigma
