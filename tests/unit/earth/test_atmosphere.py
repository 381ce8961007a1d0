"""U.S. Standard Atmosphere 1976 against the values that it prints."""

import numpy as np
import pytest

from tdome.earth import atmosphere

# Bases of the layers: geopotential km', K, Pa, kg/m^3 (US76 table 4 and table I).
BASES = [
    (0.0, 288.15, 101325.0, 1.2250),
    (11.0, 216.65, 22632.0, 0.36392),
    (20.0, 216.65, 5474.8, 8.8035e-2),
    (32.0, 228.65, 868.01, 1.3225e-2),
    (47.0, 270.65, 110.91, 1.4275e-3),
    (51.0, 270.65, 66.938, 8.6160e-4),
    (71.0, 214.65, 3.9564, 6.4211e-5),
    (84.852, 186.946, 0.37338, 6.958e-6),
]
# US76 table I by geometric height: km, K, Pa, kg/m^3, m/s.
TABLE = [
    (5.0, 255.676, 5.4048e4, 7.3643e-1, 320.55),
    (10.0, 223.252, 2.6499e4, 4.1351e-1, 299.53),
    (30.0, 226.509, 1.1970e3, 1.8410e-2, 301.71),
    (40.0, 250.350, 2.8714e2, 3.9957e-3, 317.19),
    (50.0, 270.650, 7.9779e1, 1.0269e-3, 329.80),
    (60.0, 247.021, 2.1958e1, 3.0968e-4, 315.07),
    (70.0, 219.585, 5.2209, 8.2829e-5, 297.06),
    (80.0, 198.639, 1.0524, 1.8458e-5, 282.54),
]


@pytest.mark.parametrize(("km", "kelvin", "pascal", "rho"), BASES)
def test_bases_of_the_layers(km: float, kelvin: float, pascal: float, rho: float) -> None:
    height = 6356.766 * km / (6356.766 - km) * 1e3
    assert atmosphere.geopotential_height(height) == pytest.approx(km * 1e3)
    assert atmosphere.temperature(height) == pytest.approx(kelvin, rel=1e-6)
    assert atmosphere.pressure(height) == pytest.approx(pascal, rel=5e-5)
    assert atmosphere.density1(height) == pytest.approx(rho, rel=5e-5)


@pytest.mark.parametrize(("km", "kelvin", "pascal", "rho", "sound"), TABLE)
def test_printed_table(km: float, kelvin: float, pascal: float, rho: float, sound: float) -> None:
    assert atmosphere.temperature(km * 1e3) == pytest.approx(kelvin, abs=6e-4)
    assert atmosphere.pressure(km * 1e3) == pytest.approx(pascal, rel=1e-4)
    assert atmosphere.density(km * 1e3) == pytest.approx(rho, rel=4e-5)
    assert atmosphere.speed_of_sound(km * 1e3) == pytest.approx(sound, abs=6e-3)


@pytest.mark.parametrize(("km", "rho"), [(100, 5.604e-7), (120, 2.222e-8), (149.99999, 2.076e-9)])
def test_upper_density_passes_through_the_printed_values(km: float, rho: float) -> None:
    assert atmosphere.density1(km * 1e3) == pytest.approx(rho, rel=1e-4)


@pytest.mark.parametrize(("km", "rho"), [(88, 4.875e-6), (105, 2.325e-7), (115, 4.289e-8)])
def test_upper_density_between_them_is_near_the_table(km: float, rho: float) -> None:
    assert atmosphere.density1(km * 1e3) == pytest.approx(rho, rel=0.1)


def test_density_falls_without_a_jump_to_the_end_of_the_air() -> None:
    height = np.arange(-5e3, 150e3, 1.0)
    rho = atmosphere.density(height)
    ratio = rho[1:] / rho[:-1]
    assert np.all(ratio < 1.0)
    assert np.all(ratio > 1.0 - 1.0 / 4000.0)  # a scale height is nowhere under 4 km
    assert atmosphere.density1(150e3) == 0.0
    assert atmosphere.density1(1e9) == 0.0


def test_above_the_layers_temperature_is_held() -> None:
    assert atmosphere.temperature(120e3) == atmosphere.temperature(86e3)
    assert atmosphere.speed_of_sound([90e3, 140e3]) == pytest.approx(274.1, abs=0.1)


def test_scalars_and_arrays_give_the_same_bits_in_any_shape() -> None:
    heights = np.linspace(-4e3, 160e3, 12).reshape(3, 4)
    rho = atmosphere.density(heights)
    assert rho.shape == (3, 4)
    assert [atmosphere.density1(h) for h in heights.flat] == list(rho.flat)
    assert atmosphere.density(0.0).shape == ()
