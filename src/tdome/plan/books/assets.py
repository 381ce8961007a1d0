"""Defended assets in SI columns."""

from collections.abc import Sequence

import msgspec
import numpy as np

from tdome.earth.wgs84 import geodetic_to_ecef
from tdome.messages.base import Floats
from tdome.plan.books.columns import places
from tdome.plan.schema import Asset, AssetKind


class AssetBook(msgspec.Struct, frozen=True, eq=False):
    """Defended assets, one row each."""

    names: tuple[str, ...]
    lat: Floats
    lon: Floats
    ecef: Floats
    radius: Floats
    value: Floats
    population: Floats
    kind: tuple[AssetKind, ...]
    hardening: Floats
    dispersal: Floats
    shelters: Floats


def asset_book(assets: Sequence[Asset]) -> AssetBook:
    """Return the defended assets in SI columns."""
    lat, lon = places(assets)
    return AssetBook(
        names=tuple(asset.name for asset in assets),
        lat=lat,
        lon=lon,
        ecef=geodetic_to_ecef(lat, lon, np.zeros(len(lat))),
        radius=np.array([asset.radius_km * 1e3 for asset in assets]),
        value=np.array([asset.value for asset in assets]),
        population=np.array([float(asset.population) for asset in assets]),
        kind=tuple(asset.kind for asset in assets),
        hardening=np.array([asset.hardening for asset in assets]),
        dispersal=np.array([float(asset.dispersal) for asset in assets]),
        shelters=np.array([asset.shelters for asset in assets]),
    )
