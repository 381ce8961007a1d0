import pytest

from tdome.kernel.errors import ConfigError
from tdome.world.scenario import read_scenario


def test_start_is_exact(scenario):
    assert scenario.start == 1_893_456_000_250_000_000


def test_only_classes_in_use_are_looked_up(scenario):
    assert scenario.threats.names == ("srbm", "cruise")


@pytest.mark.parametrize(
    ("old", "new", "key", "said"),
    [
        ('type = "cruise"', 'type = "cruize"', "raids[0].salvos[1].type", "'cruise'"),
        ('targets = ["City"]', 'targets = ["Citty"]', "raids[0].salvos[1].targets", "'City'"),
        ("00:00:00.25Z", "00:00:00.25", "start", "zone"),
        ('name = "City"', 'name = "Port"', "places[1].name", "twice"),
        ("start_s = 10", "start_s = 1500", "raids[0].start_s", "ends at 1500 s"),
        ("interval_s = 2", "first_s = 1499", "raids[0].salvos[0].first_s", "ends at 1500 s"),
        ("2030-01-01", "1960-01-01", "start", "1970"),
        ("2030-01-01", "9999-01-01", "start", "2200"),
        ("first_address = 900", "first_address = 105", "flights[1].first_address", "'airway'"),
        ("first_address = 900", "first_address = 16777215", "flights[1].first_address", "24-bit"),
        ("first_s = -600", "first_s = -1e9", "flights[0].first_s", ">= -86400"),
        ("count = 6", "count = 5001", "raids[0].salvos[0].count", "<= 5000"),
        ("jitter_s = 0.05", "jitter_s = 1e300", "links.jitter_s", "<= 2592000"),
        ("duration_s = 1500", "duration_s = 1e300", "duration_s", "<= 2592000"),
        ("interval_s = 2", "interval_s = 1e300", "raids[0].salvos[0].interval_s", "<= 2592000"),
        ('name = "raid on a port"', 'name = "a\\u001b[2J"', "name", "regex"),
        ("duration_s = 1500", "duration_s = 1500\nterrain_seed = 3", "terrain_seed", "synthetic"),
    ],
)
def test_faults_are_told_with_the_cure(scenario_text, old, new, key, said):
    with pytest.raises(ConfigError) as fault:
        read_scenario(scenario_text.replace(old, new, 1), "scenario.toml")
    assert fault.value.key == key
    assert said in str(fault.value)


def test_rounds_that_come_when_all_is_over_are_refused(scenario_text):
    supply = '[[resupply]]\nunit = "Lower"\nrounds = 6\nat_s = {}\n'
    assert read_scenario(scenario_text + supply.format(1499), "scenario.toml").file.resupply
    with pytest.raises(ConfigError, match="ends at 1500 s") as fault:
        read_scenario(scenario_text + supply.format(1500), "scenario.toml")
    assert fault.value.key == "resupply[0].at_s"


def test_synthetic_ground_has_a_seed(scenario_text):
    ground = 'duration_s = 1500\nterrain = "synthetic"\nterrain_seed = 3'
    text = scenario_text.replace("duration_s = 1500", ground)
    assert read_scenario(text, "scenario.toml").file.terrain_seed == 3


def test_truth_overrides_the_catalogue(scenario_text):
    text = scenario_text.replace("cruise = {", "cruise = { rcs_m2 = 7.0,")
    assert read_scenario(text, "scenario.toml").threats.rcs[1] == 7.0


JAMMER = """
[[jammers]]
name = "east"
lat_deg = 24.0
lon_deg = 119.0
j_n_db = 20
"""


@pytest.mark.parametrize(
    ("extra", "key", "said"),
    [
        ("start_s = 50\nend_s = 40", "jammers[0].end_s", "before it starts"),
        (JAMMER, "jammers[1].name", "twice"),
        ("j_n = 3", "jammers[0].j_n", "j_n_db"),
        ("circle_km = 1e4", "jammers[0].circle_km", "<= 1000"),
    ],
)
def test_faults_of_jammers_are_told(scenario_text, extra, key, said):
    with pytest.raises(ConfigError) as fault:
        read_scenario(f"{scenario_text}{JAMMER}{extra}", "scenario.toml")
    assert fault.value.key == key
    assert said in str(fault.value)
