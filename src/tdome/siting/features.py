"""A coverage as GeoJSON (RFC 7946): polygons in WGS-84 degrees, longitude first."""

from typing import Any

import msgspec
import numpy as np
import shapely

from tdome.siting.coverage import Coverage


def features(coverage: Coverage) -> dict[str, Any]:
    """Return a feature collection: radars by altitude, layers by class, and the assets."""
    made: list[dict[str, Any]] = []
    for one in coverage.slices:
        facts = {"kind": "radar", "altitude_m": one.altitude_m, "rcs_m2": coverage.rcs}
        made.append(_feature(one.together, {**facts, "sensor": "all"}))
        made += [
            _feature(shape, {**facts, "sensor": name}) for name, shape in one.by_sensor.items()
        ]
    for layer in coverage.footprints:
        facts = {"kind": "layer", "threat_class": layer.threat_class, "layer": layer.layer}
        made.append(_feature(layer.ground, {**facts, "units": list(layer.units)}))
    book = coverage.plan.assets
    for row, asset in enumerate(coverage.assets):
        point = shapely.Point(np.degrees(book.lon[row]), np.degrees(book.lat[row]))
        made.append(_feature(point, {"kind": "asset", **msgspec.to_builtins(asset)}))
    return {
        "type": "FeatureCollection",
        "name": f"coverage of {coverage.plan.name}",
        "features": [feature for feature in made if feature["geometry"] is not None],
    }


def _feature(shape: shapely.Geometry, properties: dict[str, Any]) -> dict[str, Any]:
    """Return one feature; what is empty has no geometry. Outer rings run counter-clockwise."""
    written = shapely.to_geojson(shapely.orient_polygons(shape))
    geometry = None if shapely.is_empty(shape) else msgspec.json.decode(written)
    return {"type": "Feature", "properties": properties, "geometry": geometry}
