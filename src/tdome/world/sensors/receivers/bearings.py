"""Directions only: who is over the threshold of a listening or looking sensor, and how well.

Detection as for radars, with another law of range for each kind: the received power is exponential
with mean 1 + SNR in units of noise and is compared with -ln Pfa, so that Pd = Pfa^(1 / (1 + SNR))
(Swerling 1; Skolnik, "Radar Handbook", 3rd ed., ch. 2), and one half at the anchor of each law.
Errors are normal, independent of SNR, quantised to 2^-24 turn. False bearings: Poisson for each
look, uniform in azimuth, in the lower part of the coverage, just over the threshold. Limit:
directions of two bodies are never merged.
"""

import math

import numpy as np

from tdome.messages.base import Codes, Floats, Longs
from tdome.messages.codes import Emission
from tdome.messages.sensing import Bearings
from tdome.world.sensors.receivers.reach import Moment, Post, Reach, Report, normals, uniforms

LOW = math.radians(20.0)  # height of the sector in which false bearings lie
_FEW = 64  # false bearings of one look at most
_STEP = 2.0 * math.pi / 2.0**24
_DETECTION, _ERRORS, _FALSE_COUNT, _FALSE = range(4)


def anchor_snr(post: Post) -> float:
    """Return the SNR at which Pd is one half."""
    return math.log(float(post.book.false_alarm[post.row])) / math.log(0.5) - 1.0


def report(
    post: Post, keys: Longs, moment: Moment, reach: Reach, snr: Floats, emission: Codes
) -> Report:
    """Draw who is detected, (n,) mean SNR each, add errors and false bearings, and put in order.

    ``keys``: (n,) of what is in reach, by which its luck is drawn.
    """
    book, row = post.book, post.row
    threshold = -math.log(float(book.false_alarm[row]))
    chance = uniforms(post.key, keys, moment.number, _DETECTION)
    power = -(1.0 + snr) * np.log(chance[:, 0])
    seen = power > threshold
    drawn = uniforms(post.key, keys, moment.number, _ERRORS)[seen]
    azimuth_error, elevation_error = normals(drawn[:, 0], drawn[:, 1])
    measured = np.column_stack(
        [
            reach.polar[seen, 1] + book.sigma[row, 1] * azimuth_error,
            reach.polar[seen, 2] + book.sigma[row, 2] * elevation_error,
            power[seen],
        ]
    )
    rows, emission = reach.rows[seen], emission[seen]
    wrong = _false(post, moment, threshold) if moment.toward is None else np.empty((0, 3))
    common = _usual(post)
    return _in_order(
        np.concatenate([measured, wrong]),
        np.concatenate([emission, np.full(len(wrong), common, np.int8)]),
        np.concatenate([rows, np.full(len(wrong), -1, np.int64)]),
        volume=moment.toward is None,
    )


def _usual(post: Post) -> Emission:
    """Return what a false bearing is taken for."""
    heard = {"acoustic": Emission.ACOUSTIC, "passive-rf": Emission.RADIO}
    return heard.get(post.book.kinds[post.row], Emission.OPTICAL)


def _false(post: Post, moment: Moment, threshold: float) -> Floats:
    """Return false bearings, rows (azimuth, elevation, power)."""
    book, row = post.book, post.row
    indices = np.arange(_FEW, dtype=np.int64)
    first = uniforms(post.key, indices[:1], moment.number, _FALSE_COUNT)[0, 0]
    count, term = 0, math.exp(-book.false_plots[row])
    left = first - term
    while left > 0.0 and count < _FEW:  # Poisson, by inversion
        count += 1
        term *= book.false_plots[row] / count
        left -= term
    drawn = uniforms(post.key, indices[:count], moment.number, _FALSE)
    low, high = book.min_elevation[row], book.max_elevation[row]
    elevation = low + min(LOW, high - low) * drawn[:, 1]
    if math.isnan(book.sigma[row, 2]):
        elevation = np.full(count, np.nan)
    azimuth = 2.0 * math.pi * drawn[:, 0]
    return np.column_stack([azimuth, elevation, threshold - np.log(drawn[:, 2])])


def _in_order(raw: Floats, emission: Codes, rows: Longs, *, volume: bool) -> Report:
    """Quantise, turn power into SNR, and sort by what was measured."""
    azimuth = np.rint(raw[:, 0] / _STEP) % 2.0**24 * _STEP
    elevation = np.clip(np.rint(raw[:, 1] / _STEP) * _STEP, -0.5 * math.pi, 0.5 * math.pi)
    snr = (10.0 * np.log10(np.maximum(raw[:, 2] - 1.0, 1e-3))).astype(np.float32)
    order = np.lexsort((emission, snr, elevation, azimuth))
    return Report(
        Bearings,
        {
            "volume": volume,
            "azimuth_rad": azimuth[order],
            "elevation_rad": elevation[order],
            "snr_db": snr[order],
            "emission": emission[order].astype(np.int8),
        },
        rows[order],
    )
