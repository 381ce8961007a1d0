"""A user's GeoTIFF: a ridge hides a low flyer from the radar; a bad file is told in one line."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import tomli_w
from rasterio.transform import from_origin

from tdome.kernel.errors import ConfigError
from tdome.run.api import simulate
from tdome.run.library import find_inputs
from tdome.world.ledger import read_ledger

SCENARIO: dict[str, Any] = {
    "name": "ridge",
    "start": datetime(2030, 1, 1, tzinfo=UTC),
    "duration_s": 120.0,
    "places": [{"name": "town", "lat_deg": 24.0, "lon_deg": 120.6}],
    "raids": [
        {
            "name": "low",
            "salvos": [
                {
                    "type": "cruise",
                    "count": 1,
                    "launch_lat_deg": 24.0,
                    "launch_lon_deg": 120.85,
                    "launch_spread_km": 0.0,
                    "targets": ["town"],
                }
            ],
        }
    ],
}


def folder_with(folder: Path, heights: np.ndarray | None) -> Path:
    """Make a scenario folder; ``heights`` is a map of 0.01 degrees from 25 N, 120 E."""
    plan = tomllib.loads(find_inputs("first-steps").plan_text) | {"threats": ["cruise"]}
    plan["sensors"][0] |= {"lat_deg": 24.0, "lon_deg": 120.6, "height_m": 0.0}
    scenario = dict(SCENARIO)
    folder.mkdir()
    if heights is not None:
        scenario["terrain"] = "heights.tif"
        shape = {"height": heights.shape[0], "width": heights.shape[1], "count": 1}
        place = {"crs": "EPSG:4326", "transform": from_origin(120.0, 25.0, 0.01, 0.01)}
        target = folder / "heights.tif"
        with rasterio.open(target, "w", driver="GTiff", dtype="float32", **shape, **place) as file:
            file.write(heights.astype(np.float32), 1)
    (folder / "scenario.toml").write_text(tomli_w.dumps(scenario))
    (folder / "plan.toml").write_text(tomli_w.dumps(plan))
    return folder


def plots_of_the_flyer(folder: Path, out: Path) -> int:
    run = simulate(find_inputs(folder), out, seed=1)
    return sum(item >= 0 for item in read_ledger(run.folder).plots["object_id"].to_pylist())


def test_a_ridge_hides_a_low_flyer(tmp_path: Path) -> None:
    flat, ridge = np.zeros((200, 100)), np.zeros((200, 100))
    ridge[:, 70:72] = 1500.0  # between 120.70 and 120.72 E
    seen_flat = plots_of_the_flyer(folder_with(tmp_path / "f", flat), tmp_path / "flat")
    seen_without = plots_of_the_flyer(folder_with(tmp_path / "n", None), tmp_path / "none")
    seen_ridge = plots_of_the_flyer(folder_with(tmp_path / "r", ridge), tmp_path / "ridge")
    assert seen_flat == seen_without
    assert 0 < seen_ridge < 0.7 * seen_flat


def test_a_missing_or_bad_map_is_told(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "f", np.zeros((200, 100)))
    (folder / "heights.tif").write_text("not a map")
    with pytest.raises(ConfigError, match=r"heights\.tif"):
        simulate(find_inputs(folder), tmp_path / "run", seed=1)
    (folder / "heights.tif").unlink()
    with pytest.raises(ConfigError, match="there is no file"):
        find_inputs(folder)
