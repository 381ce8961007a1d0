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
    ],
)
def test_faults_are_told_with_the_cure(scenario_text, old, new, key, said):
    with pytest.raises(ConfigError) as fault:
        read_scenario(scenario_text.replace(old, new, 1), "scenario.toml")
    assert fault.value.key == key
    assert said in str(fault.value)


def test_truth_overrides_the_catalogue(scenario_text):
    text = scenario_text + "\n[truth.threats.cruise]\nrcs_m2 = 7.0\n"
    assert read_scenario(text, "scenario.toml").threats.rcs[1] == 7.0
