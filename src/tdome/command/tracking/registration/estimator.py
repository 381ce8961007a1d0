"""Registration: the biases of all sensors together, from common targets and cooperative positions.

    registration = Registration(sites)
    state = registration.start()
    state = registration.fold(state, recording, target)

target is an id for each plot, or -1.

The Kalman filter over the joint bias vector has a random walk for its motion and takes, for each
fold, the information that :mod:`.absorb` has gathered. What common targets can not tell (the gauge:
a time offset that all sensors share, to first order also a common lift) stays at its prior;
places that flyers tell (plots of a cooperative site, ADS-B), which are taken to have no bias of
place or time, make all of it absolute. One that lies is kept out by the gate, or moves the biases
within it.

Limits: constant biases of range, azimuth, elevation and time; no range scale, no north error that
differs with azimuth. A target in a turn is refused by the gate and begun anew. An association of a
wrong plot within the gate is believed.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.command.tracking.registration.absorb import absorb
from tdome.command.tracking.registration.state import (
    TARGET_COLUMNS,
    BiasState,
    Settings,
    cooperative,
    drift_variance,
)
from tdome.kernel.ids import rows_of
from tdome.messages.base import Floats, Ints, Longs
from tdome.messages.recording import Recording
from tdome.plan.books.sites import SiteBook

_NS = 1e-9


class Registration:
    """Estimator of the biases of the sensors of a book. Pure: an old state is never written to."""

    def __init__(self, sites: SiteBook, settings: Settings | None = None) -> None:
        self.sites = sites
        self.settings = Settings() if settings is None else settings
        rules = self.settings
        self._rules = np.array([rules.noise, rules.gate, rules.warm, rules.segment])
        height = np.full(len(sites), rules.height_sigma)
        self._sigma = np.ascontiguousarray(np.column_stack([sites.sigma[:, :3], height]))
        self._cooperative = cooperative(sites)
        self._drift = drift_variance(sites, rules)

    def start(self) -> BiasState:
        """Return the state before anything was seen."""
        return BiasState.start(self.sites, self.settings)

    def fold(
        self, state: BiasState, recording: Recording, target: NDArray[np.integer]
    ) -> BiasState:
        """Fold plots in: those of one target have one id >= 0 in ``target``, (m,); -1 counts not.

        Scans are in order of time. Plots older than their target's last are passed over. Raises
        ValueError where ``target`` has another length than the plots.
        """
        if len(target) != recording.plots:
            raise ValueError(f"{len(target)} targets for {recording.plots} plots")
        if not len(recording):
            return state
        ids = np.asarray(target, np.int64)
        state = self._begun(self._advanced(state, int(recording.at[-1])), ids)
        scan = np.repeat(np.arange(len(recording)), np.diff(recording.start))
        sensor = recording.sensor[scan]
        z = (recording.range_m, recording.azimuth_rad, recording.elevation_rad, recording.height_m)
        information, vector = self._empty()
        rows = rows_of(state.target, ids).astype(np.int32)
        used, refused = absorb(
            rows, recording.at[scan], sensor, np.column_stack(z),
            self._errors(recording, sensor), self.sites.origin, self.sites.axes, self.sites.flat,
            state.bias, state.covariance, self._rules, state.clock, state.began, state.plots,
            state.misfits, state.state, state.velocity, state.p, state.slope, information, vector,
        )  # fmt: skip
        return _concluded(state, information, vector, (used, refused))

    def _errors(self, recording: Recording, sensor: Ints) -> Floats:
        """Return the standard errors (m, 4) of range, azimuth, elevation and height of plots.

        A place that a flyer tells has its own error along all axes: s, s / (r cos e), s / r.
        """
        site = np.clip(sensor, 0, len(self._sigma) - 1)
        sigma = self._sigma[site]
        if self.sites.place_sigma is None:
            return sigma
        told = np.flatnonzero(self._cooperative[site])
        own = recording.place_sigma_m[told]
        own = np.where(np.isfinite(own), own, self.sites.place_sigma[site[told]])
        r, e = recording.range_m[told], recording.elevation_rad[told]
        sigma[told, :3] = np.column_stack([own, own / (r * np.cos(e)), own / r])
        sigma[told, 3] = np.nan
        return sigma

    def _empty(self) -> tuple[Floats, Floats]:
        size = len(self._drift)
        return np.zeros((size, size)), np.zeros(size)

    def _advanced(self, state: BiasState, to: int) -> BiasState:
        """Let the biases walk up to a time, and forget the targets that are silent."""
        elapsed = max(to - state.at, 0) * _NS if state.at >= 0 else 0.0
        covariance = state.covariance + np.diag(self._drift * elapsed)
        heard = to - state.clock <= self.settings.silence / _NS
        state = state.targets(np.flatnonzero(heard))
        return msgspec.structs.replace(state, at=max(to, state.at), covariance=covariance)

    def _begun(self, state: BiasState, ids: Longs) -> BiasState:
        """Return the state with a row for each new id, as far as there is room."""
        new = np.setdiff1d(ids[ids >= 0], state.target)
        new = new[: max(self.settings.most - len(state.target), 0)]
        if not len(new):
            return state
        order = np.argsort(np.concatenate([state.target, new]), kind="stable")
        grown = {}
        for name in TARGET_COLUMNS[1:]:
            column = getattr(state, name)
            blank = np.zeros((len(new), *column.shape[1:]), column.dtype)
            grown[name] = np.concatenate([column, blank])[order]
        target = np.concatenate([state.target, new])[order]
        return msgspec.structs.replace(state, target=target, **grown)


def _concluded(
    state: BiasState, information: Floats, vector: Floats, count: tuple[int, int]
) -> BiasState:
    """Return the state with new information taken in, and all targets made to believe it.

    (I + P Lambda)^-1 P is (P^-1 + Lambda)^-1, also where a bias is held and P is singular. The
    likelihood of d = b - b^ is exp(eta' d - d' Lambda d / 2): its mean over the prior N(0, P) is
    exp(eta' C eta / 2) / sqrt(det(I + P Lambda)), and without any bias d is -b^.
    """
    within = np.eye(len(vector)) + state.covariance @ information
    old = state.bias
    covariance = np.linalg.solve(within, state.covariance)
    held = np.diag(state.covariance) == 0.0
    covariance = 0.5 * (covariance + covariance.T)
    covariance[held] = 0.0
    covariance[:, held] = 0.0
    step = covariance @ vector
    some = 0.5 * float(vector @ step) - 0.5 * float(np.linalg.slogdet(within)[1])
    none = -float(vector @ old) - 0.5 * float(old @ information @ old)
    moved = state.state + np.einsum("nib,b->ni", state.slope, step)
    return msgspec.structs.replace(
        state,
        bias=state.bias + step,
        covariance=covariance,
        used=state.used + count[0],
        refused=state.refused + count[1],
        evidence=state.evidence + some - none,
        state=moved,
    )
