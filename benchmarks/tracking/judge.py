"""Small judges of the benchmark's own: GOSPA by SciPy, and false, duplicate and missed tracks.

They share no line with `tdome.score`, which must agree with `gospa` here.
"""

from typing import NamedTuple

import numpy as np
from benchmarks.tracking.scenes.scene import Floats, Scene
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from tdome.messages.recording import TrackHistory

FIRST_SCAN, CUTOFF_M = 5, 1000.0
DUE_S = 20.0


class Score(NamedTuple):
    """Means over scans, positions: GOSPA and root mean square of what was paired, in m."""

    gospa: float
    rms_m: float
    horizontal_m: float
    missed: float
    false: float


def gospa(scene: Scene, tracks: TrackHistory, first: int = FIRST_SCAN) -> Score:
    """Return mean GOSPA and its parts over the scans from `first` on.

    p = 2, alpha = 2, c = 1 km (Rahmathullah, Garcia-Fernandez, Svensson, "Generalized optimal
    sub-pattern assignment metric", FUSION 2017).
    """
    rows: list[tuple[float, float, float, int, int, int]] = []
    bounds = np.searchsorted(tracks.scan, np.arange(len(scene.t) + 1))
    for truth, k in zip(scene.truth, scene.truth_scan, strict=True):
        if k < first:
            continue
        there = truth[~np.isnan(truth[:, 0])][:, 0::2]
        found = tracks.state[bounds[k] : bounds[k + 1], :3]
        own, other = pair(there, found)
        off = there[own] - found[other]
        near = float((off**2).sum())
        lost, extra = len(there) - len(own), len(found) - len(own)
        total = float(np.sqrt(near + CUTOFF_M**2 / 2 * (lost + extra)))
        rows.append((total, near, float((off[:, :2] ** 2).sum()), len(own), lost, extra))
    table = np.array(rows)
    paired = max(table[:, 3].sum(), 1)
    means = table.mean(axis=0)
    return Score(
        gospa=float(means[0]),
        rms_m=float(np.sqrt(table[:, 1].sum() / paired)),
        horizontal_m=float(np.sqrt(table[:, 2].sum() / paired)),
        missed=float(means[4]),
        false=float(means[5]),
    )


def pair(
    there: Floats, found: Floats, cutoff: float = CUTOFF_M
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return rows of places (n, 3) and (m, 3) paired at least cost within the cut-off.

    Exact: each connected group of near pairs is assigned on its own.
    """
    nothing = np.empty(0, np.intp)
    if not len(there) or not len(found):
        return nothing, nothing
    near = cKDTree(there).sparse_distance_matrix(cKDTree(found), cutoff, output_type="coo_matrix")
    graph = coo_matrix(
        (np.ones(near.nnz), (near.row, near.col + len(there))),
        shape=(len(there) + len(found),) * 2,
    )
    _, group = connected_components(graph, directed=False)
    order = np.argsort(group[near.row], kind="stable")
    row, column, apart = near.row[order], near.col[order], near.data[order]
    cuts = np.flatnonzero(np.diff(group[row])) + 1
    own, other = [], []
    for part in np.split(np.arange(len(row)), cuts):
        if len(part) == 1:
            own.append(row[part])
            other.append(column[part])
            continue
        left, a = np.unique(row[part], return_inverse=True)
        right, b = np.unique(column[part], return_inverse=True)
        cost = np.full((len(left), len(right)), cutoff**2)
        cost[a, b] = apart[part] ** 2
        chosen, partner = linear_sum_assignment(cost)
        good = cost[chosen, partner] < cutoff**2
        own.append(left[chosen[good]])
        other.append(right[partner[good]])
    return (np.concatenate(own), np.concatenate(other)) if own else (nothing, nothing)


class Census(NamedTuple):
    """Means over the scans judged, as shares of the targets that are due."""

    due: float
    missed: float
    false: float
    ended: float
    duplicates: float
    median_m: float


def census(scene: Scene, tracks: TrackHistory, since_s: float) -> Census:
    """Count missed, false and duplicate tracks at the scans that the truth tells of.

    Due: a target alive and within reach (range and elevation) of a radar now and for more than 20 s
    before. Missed: due, and no confirmed track within 1 km is left for it in the least-cost pairing
    of all live targets with all confirmed tracks. False: a confirmed track with no live target
    within 1 km, on any target, due or not. Ended: of these, tracks within 3 km of where a target
    died in the last 20 s (coasting). Duplicate: a confirmed track left over in the pairing though a
    live target is within 1 km.
    """
    bounds = np.searchsorted(tracks.scan, np.arange(len(scene.t) + 1))
    reach_since = np.full(scene.truth.shape[1], np.inf)
    last_seen = np.full((scene.truth.shape[1], 3), np.nan)
    gone = np.full(scene.truth.shape[1], -np.inf)
    rows, distances = [], []
    for truth, k in zip(scene.truth, scene.truth_scan, strict=True):
        now, alive = scene.t[k], ~np.isnan(truth[:, 0])
        inside = alive.copy()
        inside[alive] = _within_reach(scene, truth[alive, 0::2])
        reach_since = np.where(inside, np.minimum(reach_since, now), np.inf)
        died = ~alive & ~np.isnan(last_seen[:, 0]) & np.isinf(gone)
        gone[died] = now
        last_seen[alive] = truth[alive, 0::2]
        if now < since_s:
            continue
        live = np.flatnonzero(alive)
        found = tracks.state[bounds[k] : bounds[k + 1], :3]
        own, other = pair(truth[live, 0::2], found)
        held = np.zeros(len(alive), np.bool_)
        held[live[own]] = True
        due = now - reach_since > DUE_S
        spare = np.setdiff1d(np.arange(len(found)), other)
        near = cKDTree(truth[live, 0::2]).query(found[spare])[0] < CUTOFF_M
        dead = np.flatnonzero(now - gone < DUE_S)
        ended = 0
        if len(dead) and (~near).any():
            off = cKDTree(last_seen[dead]).query(found[spare[~near]])[0]
            ended = int((off < 3 * CUTOFF_M).sum())
        lost, count = int((due & ~held).sum()), int(due.sum())
        rows.append((count, lost, int((~near).sum()), ended, int(near.sum())))
        distances.append(np.linalg.norm(truth[live[own], 0::2] - found[other], axis=1))
    table = np.array(rows, float)
    due_mean = max(table[:, 0].mean(), 1.0)
    shares = table[:, 1:].mean(axis=0) / due_mean
    return Census(
        due_mean, *(float(x) for x in shares), float(np.median(np.concatenate(distances)))
    )


def _within_reach(scene: Scene, place: Floats) -> NDArray[np.bool_]:
    low, high = scene.bounds[0:2]
    bottom, top = scene.bounds[4:6]
    inside = np.zeros(len(place), np.bool_)
    for radar in scene.radar_pos:
        apart = place - radar
        away = np.linalg.norm(apart, axis=1)
        up = np.arcsin(apart[:, 2] / away)
        inside |= (away > low) & (away < high) & (up > bottom) & (up < top)
    return inside
