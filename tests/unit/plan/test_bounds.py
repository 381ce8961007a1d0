"""What no override may leave: physical bounds of catalogue quantities."""

import pytest

from tdome.kernel.errors import ConfigError
from tdome.plan.bounds import BOUNDS, PAIRS, fault_of_pairs, fault_of_value
from tdome.plan.catalogue import bundled_catalogue, overridden
from tdome.plan.classes.quantity import Quantity

CATALOGUE = bundled_catalogue()
ENTRIES = [
    pytest.param(kind, entry, id=f"{kind}.{name}")
    for kind in BOUNDS
    for name, entry in getattr(CATALOGUE, kind).items()
]


@pytest.mark.parametrize(("kind", "entry"), ENTRIES)
def test_the_catalogue_itself_is_within_bounds(kind, entry):
    quantities = {key: getattr(entry, key) for key in entry.__struct_fields__}
    quantities = {key: q for key, q in quantities.items() if isinstance(q, Quantity)}
    assert set(quantities) <= set(BOUNDS[kind])
    for key, quantity in quantities.items():
        for value in (quantity.low, quantity.nominal, quantity.high):
            assert not fault_of_value(kind, key, value), key
    nominal = {key: quantity.nominal for key, quantity in quantities.items()}
    for lower, _ in PAIRS[kind]:
        assert not fault_of_pairs(kind, nominal, lower)


@pytest.mark.parametrize(
    ("kind", "name", "key", "value"),
    [
        ("effectors", "gun", "sspk_drone", 1.5),
        ("effectors", "gun", "sspk_drone", -0.1),
        ("effectors", "gun", "speed_m_s", 0.0),
        ("effectors", "gun", "channels", -1.0),
        ("effectors", "gun", "channels", 1.5),
        ("effectors", "gun", "rounds", 1e30),
        ("effectors", "gun", "min_range_km", 5000.0),
        ("effectors", "long-range", "max_altitude_km", 0.01),
        ("effectors", "gun", "round_cost_usd", -1.0),
        ("effectors", "gun", "basket_m", 0.0),
        ("effectors", "gun", "salvo_spacing_s", 1e300),
        ("sensors", "multifunction", "period_s", 0.0),
        ("sensors", "multifunction", "period_s", -1.0),
        ("sensors", "multifunction", "sigma_range_m", -20.0),
        ("sensors", "multifunction", "sigma_azimuth_deg", 0.0),
        ("sensors", "multifunction", "false_alarm_probability", 0.0),
        ("sensors", "multifunction", "false_alarm_probability", 0.5),
        ("sensors", "multifunction", "false_plots_per_scan", 1e6),
        ("sensors", "multifunction", "latency_s", -1.0),
        ("sensors", "multifunction", "min_elevation_deg", 89.9),
        ("sensors", "multifunction", "reference_range_km", 0.0),
        ("threats", "srbm", "cep_m", -1.0),
        ("threats", "srbm", "swerling", 2.0),
        ("threats", "srbm", "rcs_broadside_db", -1.0),
        ("sensors", "multifunction", "sector_deg", 400.0),
        ("sensors", "multifunction", "track_channels", 2.5),
        ("sensors", "multifunction", "error_floor", 1.5),
        ("threats", "srbm", "rcs_m2", 0.0),
        ("threats", "srbm", "damage_fraction", 1.5),
        ("threats", "srbm", "flight_path_angle_deg", 0.0),
        ("threats", "srbm", "ballistic_coefficient_kg_m2", 0.0),
        ("threats", "srbm", "burnout_altitude_km", 0.0),
        ("threats", "srbm", "speed_m_s", 1e300),
    ],
)
@pytest.mark.parametrize("table", ["beliefs", "truth"])
def test_the_impossible_is_refused_with_its_key(kind, name, key, value, table):
    with pytest.raises(ConfigError) as caught:
        overridden(CATALOGUE, {kind: {name: {key: value}}}, "mine.toml", table)
    assert caught.value.key == f"{table}.{kind}.{name}.{key}"
    assert caught.value.file == "mine.toml"


def test_a_pair_may_be_moved_together():
    changes = {"effectors": {"gun": {"min_range_km": 100.0, "max_range_km": 200.0}}}
    gun = overridden(CATALOGUE, changes, "f", "beliefs").effectors["gun"]
    assert (gun.min_range_km.nominal, gun.max_range_km.nominal) == (100.0, 200.0)
