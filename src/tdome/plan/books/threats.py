"""Threat classes in SI columns."""

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from tdome.messages.base import Codes, Floats, Ints
from tdome.messages.codes import Family
from tdome.plan.books.columns import column, look_up, ranges
from tdome.plan.catalogue import Catalogue
from tdome.plan.classes.threats import ThreatClass

USUAL_CORRELATION = 0.1  # of a class without a published figure: that of cruise missiles; notional


class ThreatBook(msgspec.Struct, frozen=True, eq=False):
    """Threat classes, one row each: nominal, and (n, 2) low-high for what varies.

    Nan where a class has no such key; 0 for manoeuvre, separation and failures, which it then has
    none of. launch_failure, guidance_failure: probabilities. spent_stage, fragments: counts.
    heights: what it is met between, in all its profiles.
    """

    names: tuple[str, ...]
    family: Codes
    decoy: Codes
    speed: Floats
    speed_range: Floats
    altitude: Floats
    altitude_range: Floats
    low_altitude: Floats
    low_altitude_range: Floats
    dive_angle: Floats
    popup_height: Floats
    popup_at: Floats
    glide_ratio: Floats
    air_launched: Codes
    heights: Floats
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
    angle_range: Floats
    beta: Floats
    beta_range: Floats
    burnout_altitude: Floats
    emits: Floats  # 0 where a class has no such key
    broadside: Floats  # ln of the cross-section from the side over that from the nose
    swerling: Codes
    doppler_spread: Floats
    doppler_spread_range: Floats
    manoeuvre: Floats
    manoeuvre_below: Floats
    lift_to_drag: Floats
    spent_stage: Ints
    fragments: Ints
    launch_failure: Floats
    guidance_failure: Floats


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
        heights=_heights(classes),
        low_altitude=column(classes, "low_altitude_m"),
        low_altitude_range=ranges(classes, "low_altitude_m"),
        dive_angle=np.radians(column(classes, "dive_angle_deg")),
        popup_height=column(classes, "popup_height_m"),
        popup_at=column(classes, "popup_at_km", 1e3),
        glide_ratio=column(classes, "glide_ratio"),
        air_launched=np.array([entry.air_launched for entry in classes], dtype=np.int8),
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
        angle_range=np.radians(ranges(classes, "flight_path_angle_deg")),
        beta=column(classes, "ballistic_coefficient_kg_m2"),
        beta_range=ranges(classes, "ballistic_coefficient_kg_m2"),
        burnout_altitude=column(classes, "burnout_altitude_km", 1e3),
        emits=np.nan_to_num(column(classes, "emits")),
        broadside=column(classes, "rcs_broadside_db", math.log(10.0) / 10.0),
        swerling=column(classes, "swerling").astype(np.int8),
        doppler_spread=column(classes, "doppler_spread_m_s"),
        doppler_spread_range=ranges(classes, "doppler_spread_m_s"),
        manoeuvre=np.nan_to_num(column(classes, "manoeuvre_m_s2")),
        manoeuvre_below=np.nan_to_num(column(classes, "manoeuvre_below_km", 1e3)),
        lift_to_drag=column(classes, "lift_to_drag"),
        spent_stage=np.nan_to_num(column(classes, "spent_stage")).astype(np.int32),
        fragments=np.nan_to_num(column(classes, "fragments")).astype(np.int32),
        launch_failure=np.nan_to_num(column(classes, "launch_failure")),
        guidance_failure=np.nan_to_num(column(classes, "guidance_failure")),
    )


def _heights(classes: Sequence[ThreatClass]) -> Floats:
    """Lowest and highest height (n, 2): a glide comes down through all, a pop-up goes up."""
    low, high = ranges(classes, "altitude_m").T
    low = np.fmin(low, ranges(classes, "low_altitude_m")[:, 0])
    low = np.where(np.isnan(column(classes, "glide_ratio")), low, 0.0)
    return np.column_stack([low, np.fmax(high, column(classes, "popup_height_m"))])
