"""Threat classes in SI columns."""

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from tdome.messages.base import Codes, Floats
from tdome.messages.codes import Family
from tdome.plan.books.columns import column, look_up, ranges
from tdome.plan.catalogue import Catalogue

USUAL_CORRELATION = 0.1  # of a class without a published figure: that of cruise missiles; notional


class ThreatBook(msgspec.Struct, frozen=True, eq=False):
    """Threat classes, one row each: nominal, and (n, 2) low-high for what varies.

    Nan where a class has no such key.
    """

    names: tuple[str, ...]
    family: Codes
    decoy: Codes
    speed: Floats
    speed_range: Floats
    altitude: Floats
    altitude_range: Floats
    rcs: Floats
    rcs_range: Floats
    range: Floats
    cost: Floats
    cep: Floats
    damage_radius: Floats
    damage_fraction: Floats
    raid_correlation: Floats  # USUAL_CORRELATION, and the shares 0, where a class has no such key
    uncovered_share: Floats
    unengaged_share: Floats
    flight_path_angle: Floats
    beta: Floats
    beta_range: Floats
    burnout_altitude: Floats
    emits: Floats  # 0 where a class has no such key
    broadside: Floats  # ln of the cross-section from the side over that from the nose
    swerling: Codes


def threat_book(names: Sequence[str], catalogue: Catalogue, file: str) -> ThreatBook:
    """Return the classes called ``names`` in SI columns."""
    known = dict(catalogue.threats)
    classes = [look_up(known, name, f"threats[{i}]", file) for i, name in enumerate(names)]
    return ThreatBook(
        names=tuple(names),
        family=np.array([Family[entry.family.upper()] for entry in classes], dtype=np.int8),
        decoy=np.array([entry.decoy for entry in classes], dtype=np.int8),
        speed=column(classes, "speed_m_s"),
        speed_range=ranges(classes, "speed_m_s"),
        altitude=column(classes, "altitude_m"),
        altitude_range=ranges(classes, "altitude_m"),
        rcs=column(classes, "rcs_m2"),
        rcs_range=ranges(classes, "rcs_m2"),
        range=column(classes, "range_km", 1e3),
        cost=column(classes, "unit_cost_usd"),
        cep=column(classes, "cep_m"),
        damage_radius=column(classes, "damage_radius_m"),
        damage_fraction=column(classes, "damage_fraction"),
        raid_correlation=np.nan_to_num(column(classes, "raid_correlation"), nan=USUAL_CORRELATION),
        uncovered_share=np.nan_to_num(column(classes, "uncovered_share")),
        unengaged_share=np.nan_to_num(column(classes, "unengaged_share")),
        flight_path_angle=np.radians(column(classes, "flight_path_angle_deg")),
        beta=column(classes, "ballistic_coefficient_kg_m2"),
        beta_range=ranges(classes, "ballistic_coefficient_kg_m2"),
        burnout_altitude=column(classes, "burnout_altitude_km", 1e3),
        emits=np.nan_to_num(column(classes, "emits")),
        broadside=column(classes, "rcs_broadside_db", math.log(10.0) / 10.0),
        swerling=column(classes, "swerling").astype(np.int8),
    )
