"""``tdome scenario`` and ``tdome coverage`` as a new user meets them, mistakes included."""

from pathlib import Path

import msgspec
import pytest
import shapely

from tdome.run.authoring.templates import small_templates, templates
from tdome.run.library import bundled_scenarios

from .conftest import Tdome, is_one_line_of_complaint

SUBCOMMANDS = ("new", "edit", "raid", "import")
RING = [[[-40.1, 37.0], [-39.9, 37.0], [-39.9, 37.2], [-40.1, 37.2], [-40.1, 37.0]]]


@pytest.fixture
def mine(tdome: Tdome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a fresh scenario in a fresh folder that is also the current one."""
    monkeypatch.chdir(tmp_path)
    assert tdome("scenario", "new", "mine", "--template", "layered").code == 0
    return Path("mine")


def shapes(folder: Path, coordinates: object = RING, **properties: object) -> Path:
    geometry = {"type": "Polygon", "coordinates": coordinates}
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    file = folder / "shapes.geojson"
    file.write_bytes(msgspec.json.encode({"type": "FeatureCollection", "features": [feature]}))
    return file


def refused(tdome: Tdome, *words: object) -> str:
    said = tdome(*words)
    assert said.code == 2
    assert is_one_line_of_complaint(said)
    return said.err


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_help_has_examples(tdome: Tdome, name: str) -> None:
    said = tdome("scenario", name, "--help")
    assert said.code == 0
    assert f"\n  tdome scenario {name}" in said.out
    assert "--json" in said.out
    assert all(len(line) <= 80 for line in said.out.splitlines())


def test_small_templates_and_bundled_scenarios_are_offered() -> None:
    assert small_templates() == ["drones", "layered", "point-defence", "rockets"]
    assert set(templates()) == {*small_templates(), *bundled_scenarios()}


@pytest.mark.parametrize("template", templates())
def test_a_new_scenario_is_valid_at_once(
    tdome: Tdome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str
) -> None:
    monkeypatch.chdir(tmp_path)
    said = tdome("scenario", "new", "my own", "--template", template, "--dir", "work", "--json")
    assert said.json["files"] == ["scenario.toml", "plan.toml"]
    said = tdome("validate", "work/my own")
    assert said.code == 0
    assert "scenario my own" in said.out


def test_comments_come_along_and_say_the_units(mine: Path) -> None:
    for file in ("scenario.toml", "plan.toml"):
        text = mine.joinpath(file).read_text("utf-8")
        assert text.count("#") > 5


def test_nothing_is_overwritten_without_force(tdome: Tdome, mine: Path) -> None:
    mine.joinpath("plan.toml").write_text("kept", "utf-8")
    assert "--force" in refused(tdome, "scenario", "new", "mine")
    assert mine.joinpath("plan.toml").read_text("utf-8") == "kept"
    assert tdome("scenario", "new", "mine", "--force").code == 0
    assert mine.joinpath("plan.toml").read_text("utf-8") != "kept"


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (("new", "x", "--template", "layerd"), "'layered'"),
        (("new", "../x"), "letters"),
        (("new",), "NAME"),
        (("edit", "mine"), "--set"),
        (("edit", "nowhere", "--set", "name=x"), "no such file"),
        (("edit", "first-steps", "--set", "name=x"), "--template first-steps"),
        (("edit", "mine", "--set", "weather.rian_mm_h=3"), "'rain_mm_h'"),
        (("edit", "mine", "--set", "weather.rain_mm_h=wet"), "a number"),
        (("edit", "mine", "--set", "duration_s=1"), "starts at"),
        (("edit", "mine", "--remove-raid", "drone"), "'drones'"),
        (("edit", "mine", "--add-raid", "6 dornes from the west"), "drones"),
        (("edit", "mine", "--add-raid", "6 drones from the west", "--targets", "Prt"), "'Port'"),
        (("raid", "6 drones from the west"), "--near"),
        (("raid", "6 drones from the west", "--near", "121.5,25.0"), "25,121.5"),
        (("raid", "6 drones from the west", "--near", "here"), "LAT,LON"),
        (("raid", "6 drones from the west", "--targets", "Port"), "--places-of"),
        (("raid", "6 drones fron the west", "--near", "1,2"), "from"),
        (("rade", "6 drones"), "raid"),
        (("import", "x.geojson", "--as", "zones", "--into", "mine"), "no such file"),
        (("import", "mine/plan.toml", "--as", "zones", "--into", "mine"), "not JSON"),
        (("import", "x.geojson", "--as", "zone", "--into", "mine"), "zones"),
    ],
)
def test_mistakes_get_one_line_with_the_cure_and_change_nothing(
    tdome: Tdome, mine: Path, words: tuple[str, ...], cure: str
) -> None:
    before = {file: file.read_bytes() for file in mine.iterdir()}
    assert cure in refused(tdome, "scenario", *words)
    assert {file: file.read_bytes() for file in mine.iterdir()} == before


def test_an_edit_shows_what_it_changed(tdome: Tdome, mine: Path) -> None:
    said = tdome("scenario", "edit", mine, "--set", "raids[name=cruise].salvos[0].count=20")
    assert said.code == 0
    assert "\n-count = 10\n+count = 20\n" in said.out
    said = tdome("scenario", "edit", mine, "--set", "weather.rain_mm_h=8", "--json")
    assert said.json["changed"]
    assert "+rain_mm_h = 8" in said.json["diff"]
    again = tdome("scenario", "edit", mine, "--set", "weather.rain_mm_h=8")
    assert "Nothing changed" in again.out
    said = tdome("scenario", "edit", mine / "plan.toml", "--set", "doctrine.firing=salvo")
    assert said.code == 0
    assert 'firing = "salvo" # or "salvo"' in mine.joinpath("plan.toml").read_text("utf-8")


def test_a_raid_is_added_and_classes_that_the_plan_does_not_expect_are_named(
    tdome: Tdome, mine: Path
) -> None:
    phrase = "9 rockets from the east 30 km away"
    said = tdome("scenario", "raid", phrase, "--add-to", mine, "--seed", "4")
    assert said.code == 0
    assert "does not expect rocket" in said.out
    assert tdome("validate", mine).code == 0
    same = tdome("scenario", "edit", mine, "--remove-raid", "rocket from the east", "--json").json
    assert not same["not_expected_by_plan"]


def test_the_same_seed_prints_the_same_raids(tdome: Tdome) -> None:
    words = "60 drones from the north-west in three groups over 40 minutes, decoy share 38 %"
    texts = [
        tdome("scenario", "raid", words, "--near", "24.1,120.7", "--seed", seed).out
        for seed in (7, 7, 8)
    ]
    assert texts[0] == texts[1] != texts[2]
    found = tdome("scenario", "raid", words, "--near=-24.1,120.7", "--json").json
    salvos = found["raids"][0]["salvos"]
    assert sum(salvo["count"] for salvo in salvos) == 60
    assert found["places"][0]["lat_deg"] == -24.1


def test_zones_from_geojson_are_warned(
    tdome: Tdome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tdome("scenario", "new", "one", "--template", "first-steps")
    ring = [[[120.5, 24.0], [120.9, 24.0], [120.9, 24.3], [120.5, 24.3], [120.5, 24.0]]]
    file = shapes(tmp_path, ring, id="n", name="My valley", people=500)
    keys = ("--code-key", "id", "--name-key", "name", "--population-key", "people")
    assert tdome("scenario", "import", file, "--as", "zones", "--into", "one", *keys).code == 0
    assert Path("one", file.name).read_bytes() == file.read_bytes()
    assert tdome("scenario", "edit", "one/plan.toml", "--set", "zones.atlas=none").code == 0
    assert ", 1 zone" in tdome("validate", "one").out
    done = tdome("run", "one", "--out", "out", "--json")
    assert done.code == 0, done.err
    assert done.json["outcome"]["warnings"]["zones_warned"] == 1
    Path("one", file.name).unlink()
    assert tdome("replay", "out").code == 0  # the run folder keeps the file
    assert "ALERT TAKE_SHELTER My valley" in tdome("explain", "out", "T1").out
    assert "no file" in refused(tdome, "run", "one")


def test_a_faulty_file_is_not_left_behind(tdome: Tdome, tmp_path: Path, mine: Path) -> None:
    crossed = [[[-40.0, 37.0], [-39.0, 38.0], [-39.0, 37.0], [-40.0, 38.0], [-40.0, 37.0]]]
    words = ("scenario", "import", shapes(tmp_path, crossed), "--into", mine, "--as")
    assert "feature 1: is not valid" in refused(tdome, *words, "zones")
    assert not mine.joinpath("shapes.geojson").exists()
    assert refused(tdome, *words, "assets")
    swapped = [[[lat, lon] for lon, lat in RING[0]]]
    words = ("scenario", "import", shapes(tmp_path, swapped), "--into", mine, "--as")
    assert "LONGITUDE, LATITUDE" in refused(tdome, *words, "zones")
    shapes(tmp_path)
    assert "no property 'nam'" in refused(tdome, *words, "zones", "--name-key", "nam")
    assert not mine.joinpath("shapes.geojson").exists()


def test_assets_from_geojson_have_the_disc_of_equal_area(
    tdome: Tdome, tmp_path: Path, mine: Path
) -> None:
    file = shapes(tmp_path, name="District", weight=7, people=9000)
    keys = ("--name-key", "name", "--value-key", "weight", "--population-key", "people")
    assert tdome("scenario", "import", file, "--as", "assets", "--into", mine, *keys).code == 0
    text = mine.joinpath("plan.toml").read_text("utf-8")
    assert 'name = "District"\nlat_deg = 37.1\nlon_deg = -40.0\nradius_km = 11.2' in text
    assert "value = 7.0\npopulation = 9000\n" in text
    assert ", 3 assets" in tdome("validate", mine).out
    assert "given twice" in refused(
        tdome, "scenario", "import", file, "--as", "assets", "--into", mine, *keys
    )


def test_schemas_for_editors_know_the_keys(tdome: Tdome) -> None:
    schema = tdome("validate", "--schema", "plan").json
    assert {"geojson", "geojson_code", "geojson_name", "geojson_population"} <= set(
        schema["$defs"]["Zones"]["properties"]
    )


# ---------------------------------------------------------------- coverage


def test_coverage_in_tables(tdome: Tdome, mine: Path) -> None:
    said = tdome("coverage", mine)
    assert said.code == 0
    for words in ("Radars that see", "Layers that cover", "100 m", "srbm", "Gaps:", "Overlaps:"):
        assert words in said.out
    assert not list(Path().glob("coverage.*"))
    words = ("--altitude-m", "60, 600", "--class", "drone")
    found = tdome("coverage", mine / "plan.toml", *words, "--json").json
    assert found["altitudes_m"] == [60, 600]
    assert found["classes"] == ["drone"]
    assert [asset["name"] for asset in found["assets"]] == ["City", "Port"]
    lone = tdome("coverage", "first-steps", "--class", "cruise", "--json").json
    assert lone["gaps"] == ["Taichung City: no layer covers cruise"]


def test_coverage_as_files(tdome: Tdome, mine: Path) -> None:
    words = ("--class", "cruise", "--altitude-m", "1000", "--format", "png,svg,geojson")
    said = tdome("coverage", mine, "--out", "maps", *words)
    assert said.code == 0
    assert "maps/coverage.svg" in said.out
    document = msgspec.json.decode(Path("maps/coverage.geojson").read_bytes())
    assert all(
        shapely.from_geojson(msgspec.json.encode(feature["geometry"])).is_valid
        for feature in document["features"]
    )
    assert Path("maps/coverage.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (("mine", "--altitude-m", "100,high"), "'high'"),
        (("mine", "--altitude-m", "-5"), "'-5'"),
        (("mine", "--altitude-m", ","), "no height"),
        (("mine", "--class", "cruse"), "'cruise'"),
        (("mine", "--format", "jpg"), "png"),
        (("mine", "--rcs", "0"), "> 0"),
        (("mine", "--terrain", "none.tif"), "no such file"),
        (("mine", "--terrain", "mine/plan.toml"), "plan.toml"),
        (("mine/plam.toml",), "plan.toml"),
        (("taiwan-layred",), "'taiwan-layered'"),
    ],
)
def test_mistakes_of_coverage(tdome: Tdome, mine: Path, words: tuple[str, ...], cure: str) -> None:
    assert mine.is_dir()
    assert cure in refused(tdome, "coverage", *words)
