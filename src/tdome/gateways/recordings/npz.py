"""The door of the ``.npz`` benchmark format: scenes in a flat frame, with their truth.

The format (docs/concepts/tracking/formats.md) measures azimuth as atan2(y, x), anticlockwise from
the x axis; a recording measures it clockwise from north, the y axis: a = pi/2 - atan2(y, x).
"""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tdome.gateways.recordings.refusals import Refusals
from tdome.gateways.recordings.rows import Rows, Scans, assemble
from tdome.kernel.errors import ConfigError
from tdome.messages.base import Floats, Longs
from tdome.messages.recording import Recording, TruthHistory
from tdome.plan.books.sites import SiteBook

_NEEDED = ("t", "det_k", "det_radar", "det_z", "radar_pos", "R_diag", "pd", "lam", "bounds")
_NS = 1e9
_DEFAULT_PERIOD = 4.0  # s, where there is one scan only
_TO_HISTORY = [0, 2, 4, 1, 3, 5]  # x, vx, y, vy, z, vz


def read_npz(path: Path, refused: Refusals) -> tuple[Recording, SiteBook]:
    """Return plots and sites of a scene. Raises ConfigError where the file is not of this kind.

    Every radar looks at its whole coverage at every scan time, also where no plot came of it.
    """
    arrays = _arrays(path, _NEEDED)
    shapes = {"det_z": (-1, 3), "radar_pos": (-1, 3), "R_diag": (3,), "bounds": (6,), "t": (-1,)}
    for key, shape in shapes.items():
        _check_shape(path, arrays, key, shape)
    for key in ("det_k", "det_radar"):
        if arrays[key].shape != arrays["det_z"].shape[:1]:
            raise _fault(path, key, f"has shape {arrays[key].shape}, expected one per row of det_z")
    sites = _sites(arrays)
    t, k = _times(path, arrays["t"]), arrays["det_k"].astype(np.int64)
    scans, radars = len(t), len(sites)
    known = (k >= 0) & (k < scans)
    z = arrays["det_z"].astype(np.float64)
    count = len(z)
    rows = Rows(
        source=str(path),
        at=np.where(known, t[np.where(known, k, 0)] if scans else 0, np.iinfo(np.int64).max),
        sensor=arrays["det_radar"].astype(np.int32),
        range_m=z[:, 0],
        azimuth_rad=np.mod(0.5 * np.pi - z[:, 1], 2.0 * np.pi),
        elevation_rad=z[:, 2],
        range_rate_m_s=np.full(count, np.nan),
        snr_db=np.full(count, np.nan, np.float32),
        address=np.full(count, -1, np.int32),
        height_m=np.full(count, np.nan),
    )
    made = Scans(
        at=np.repeat(t, radars),
        sensor=np.tile(np.arange(radars, dtype=np.int32), scans),
        volume=np.ones(scans * radars, np.bool_),
    )
    return assemble([rows], sites, refused, made), sites


def read_npz_truth(path: Path) -> TruthHistory:
    """Return the truth of a scene, for scoring. Raises ConfigError where it holds none."""
    arrays = _arrays(path, ("t", "truth"))
    truth, t = arrays["truth"], _times(path, arrays["t"])
    if truth.ndim != 3 or truth.shape[0] != len(t) or truth.shape[2] != 6:  # noqa: PLR2004
        raise _fault(path, "truth", f"has shape {truth.shape}, expected (times, targets, 6)")
    k, flyer = np.nonzero(np.isfinite(truth).all(axis=2))
    state = np.ascontiguousarray(truth[k, flyer][:, _TO_HISTORY], dtype=np.float64)
    return TruthHistory(at=t[k], flyer=flyer.astype(np.int32), state=state)


def _sites(arrays: dict[str, NDArray[Any]]) -> SiteBook:
    origin = arrays["radar_pos"].astype(np.float64)
    radars = len(origin)
    bounds = arrays["bounds"].astype(np.float64)
    t = arrays["t"]
    period = float(np.median(np.diff(t))) if len(t) > 1 else _DEFAULT_PERIOD
    sigma = np.append(np.sqrt(arrays["R_diag"].astype(np.float64)), np.nan)

    def each(value: Any) -> Floats:  # noqa: ANN401  (whatever number the file holds)
        return np.full(radars, float(np.asarray(value)))

    return SiteBook(
        names=tuple(f"radar-{row}" for row in range(radars)),
        flat=True,
        origin=origin,
        axes=np.tile(np.eye(3), (radars, 1, 1)),
        sigma=np.tile(sigma, (radars, 1)),
        detection=each(arrays["pd"]),
        false_plots=each(arrays["lam"]),
        reach=np.tile(bounds[:2], (radars, 1)),
        elevation=np.tile(bounds[4:], (radars, 1)),
        period=each(period),
    )


def _times(path: Path, t: NDArray[Any]) -> Longs:
    seconds = np.asarray(t, np.float64)
    if not np.isfinite(seconds).all() or (np.diff(seconds) <= 0.0).any():
        raise _fault(path, "t", "scan times must be finite and ascend")
    return np.round(seconds * _NS).astype(np.int64)


def _arrays(path: Path, needed: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    try:
        with np.load(path, allow_pickle=False) as file:
            missing = [name for name in needed if name not in file.files]
            if missing:
                hint = f"it holds {', '.join(sorted(file.files))}"
                raise ConfigError(str(path), None, missing[0], f"has no array {missing[0]!r}", hint)
            return {name: file[name] for name in needed}
    except (ValueError, zipfile.BadZipFile, EOFError, OSError, AttributeError) as fault:
        if isinstance(fault, FileNotFoundError):
            raise ConfigError(str(path), None, "", "there is no such file") from None
        problem = "is not a readable .npz file"
        raise ConfigError(str(path), None, "", problem, str(fault)[:120]) from None


def _check_shape(
    path: Path, arrays: dict[str, NDArray[Any]], key: str, shape: tuple[int, ...]
) -> None:
    found = arrays[key].shape
    fits = len(found) == len(shape) and all(
        want in (-1, have) for want, have in zip(shape, found, strict=False)
    )
    if not fits or arrays[key].dtype.kind not in "iuf":
        wanted = str(shape).replace("-1", "any")
        raise _fault(path, key, f"has shape {found}, expected numbers of shape {wanted}")


def _fault(path: Path, key: str, problem: str) -> ConfigError:
    return ConfigError(str(path), None, key, f"array {key!r} {problem}")
