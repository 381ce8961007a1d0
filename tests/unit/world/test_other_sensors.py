"""Sensors that are no 3-D radars: each effect acts, in the right direction, and by its law."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import binom

from tdome.command.sensing import search
from tdome.command.sensing.base import Senses
from tdome.earth.wgs84 import ecef_to_enu, enu_to_ecef, enu_to_polar, geodetic_to_ecef
from tdome.kernel.random import Streams
from tdome.messages.base import Header
from tdome.messages.codes import Emission, Family
from tdome.messages.sensing import Bearings
from tdome.plan.books.sensors import sensor_book
from tdome.plan.plan import read_plan
from tdome.world.bodies.flights import compile_bodies
from tdome.world.bodies.table import State
from tdome.world.scenario import read_scenario
from tdome.world.sensors.receivers import acoustic, cooperative, optical, passive, space
from tdome.world.sensors.receivers.reach import SOUND, Moment, Post

KINDS = {
    "Ears": "acoustic-node",
    "Finder": "passive-rf",
    "Finder 2": "passive-rf",
    "Sight": "optical",
    "Space": "space",
    "Station": "cooperative",
}
SITES = "".join(
    f'[[sensors]]\nname = "{name}"\ntype = "{kind}"\nlat_deg = {25 + 0.1 * i}\nlon_deg = 121.5\n'
    for i, (name, kind) in enumerate(KINDS.items())
)
PLAN = f"""
name = "ears and eyes"
threats = ["drone"]
{SITES}
[[assets]]
name = "Port"
lat_deg = 25.0
lon_deg = 121.5
radius_km = 3
value = 10
"""
SCENARIO = """
name = "few flyers"
start = 2030-01-01T04:00:00Z
duration_s = 1500
[[places]]
name = "Port"
lat_deg = 25.0
lon_deg = 121.5
[[raids]]
name = "first"
[[raids.salvos]]
type = "drone"
count = 2
launch_lat_deg = 25.4
launch_lon_deg = 121.5
targets = ["Port"]
[[raids.salvos]]
type = "mrbm"
count = 40
launch_lat_deg = 34.0
launch_lon_deg = 117.0
launch_spread_km = 0
targets = ["Port"]
[[flights]]
name = "airway"
count = 2
route = [[24.0, 120.5], [26.0, 122.0]]
first_address = 100
reply_probability = 0.8
[truth.sensors.acoustic-node]
sigma_azimuth_deg = 1e-6
sigma_elevation_deg = 1e-6
false_plots_per_scan = 0
[truth.sensors.passive-rf]
false_plots_per_scan = 0
"""
LOOKS = 1500
DRONE = 0


def posts(text=SCENARIO):
    plan, scenario = read_plan(PLAN, "plan.toml"), read_scenario(text, "scenario.toml")
    book = sensor_book(plan.file.sensors, scenario.catalogue, "plan.toml")
    return {
        name: Post(book, row, scenario, Streams(5), None) for row, name in enumerate(book.names)
    }


@pytest.fixture
def flyers():
    bodies = compile_bodies(read_scenario(SCENARIO, "scenario.toml"), Streams(5))
    bodies.state[:] = State.FLYING
    return bodies


def airliner(bodies):
    return int(np.flatnonzero(bodies.address == 100)[0])


def only(bodies, row, post, enu, velocity=(0.0, 0.0, 0.0)):
    """Let one body alone fly: straight past a place (east, north, up of a post, at t = 0)."""
    bodies.state[:] = State.WAITING
    bodies.state[row] = State.FLYING
    first, axes = bodies.offset[row], post.book.axes[post.row]
    bodies.count[row] = 2
    bodies.launches_at[row] = -1e3
    speed = enu_to_ecef(np.array(velocity), np.zeros(3), axes)
    for i, t in enumerate((-1e3, 1e3)):
        place = enu_to_ecef(np.array(enu), post.site, axes) + t * speed
        bodies.knots[first + i] = [t, *place, *speed]


def count(look, post, bodies, looks=LOOKS, **toward):
    return sum(len(look(post, bodies, Moment(0.0, n, **toward)).rows) for n in range(looks))


def within(seen, looks, probability):
    low, high = binom.interval(0.9999, looks, probability)
    return low <= seen <= high


def azimuth_of(post, bodies, row, t):
    enu = ecef_to_enu(bodies.position_at(row, t)[:3], post.site, post.book.axes[post.row])
    return float(enu_to_polar(enu)[1])


def test_sound_comes_late_by_distance_over_its_speed(flyers):
    post = posts()["Ears"]
    only(flyers, DRONE, post, (-300.0, 1_000.0, 200.0), (60.0, 0.0, 0.0))
    compared = 0
    for n in range(12):
        t = float(n)
        heard = acoustic.look(post, flyers, Moment(t, n))
        for azimuth in heard.columns["azimuth_rad"]:
            late, emitted = t, t
            for _ in range(30):
                away = np.linalg.norm(flyers.position_at(DRONE, emitted)[:3] - post.site)
                emitted = late - away / SOUND
            turned = math.remainder(azimuth - azimuth_of(post, flyers, DRONE, emitted), math.tau)
            behind = math.remainder(azimuth - azimuth_of(post, flyers, DRONE, t), math.tau)
            assert abs(turned) < 1e-6
            assert behind < -math.radians(5.0)  # it flies clockwise, and is heard where it was
            compared += 1
    assert compared >= 6


def test_sound_is_heard_half_the_time_at_the_level_of_the_class(flyers):
    post = posts()["Ears"]
    near, far = 100.0, 5_000.0
    for _ in range(60):
        middle = 0.5 * (near + far)
        louder = acoustic.level(110.0, middle) > post.book.heard_above[post.row]
        near, far = (middle, far) if louder else (near, middle)
    assert 2_500.0 < near < 3_500.0
    only(flyers, DRONE, post, (0.0, 0.98 * near, 0.2 * near))
    assert within(count(acoustic.look, post, flyers), LOOKS, 0.5)
    only(flyers, DRONE, post, (0.0, 0.4 * near, 0.1 * near))
    assert count(acoustic.look, post, flyers) > 0.9 * LOOKS


def test_what_is_faster_than_sound_is_not_heard(flyers):
    post = posts()["Ears"]
    only(flyers, DRONE, post, (0.0, 500.0, 100.0), (400.0, 0.0, 0.0))
    assert count(acoustic.look, post, flyers, 200) == 0


def test_passive_finder_hears_a_transponder_by_the_one_way_law(flyers):
    post = posts()["Finder"]
    reference = post.book.reference_range[post.row]
    for share, probability in ((1.0, 0.5), (0.5, 1e-6 ** (1.0 / (1.0 + 18.93 * 4.0)))):
        only(flyers, airliner(flyers), post, (share * reference, 0.0, 12_000.0))
        assert within(count(passive.look, post, flyers), LOOKS, probability)


def test_passive_finder_hears_links_and_only_of_who_has_one(flyers):
    for emits, heard in ((1.0, True), (0.0, False)):
        post = posts(f"{SCENARIO}\n[truth.threats.drone]\nemits = {emits}")["Finder"]
        only(flyers, DRONE, post, (0.0, 1_500.0, 300.0))
        assert (count(passive.look, post, flyers, 50) > 0) is heard
        only(flyers, DRONE, post, (0.0, 30_000.0, 3_000.0))
        assert count(passive.look, post, flyers, 50) == 0


def test_passive_finder_hears_a_jammer_farther_than_a_transponder(flyers):
    post = posts()["Finder"]
    only(flyers, airliner(flyers), post, (380_000.0, 0.0, 12_000.0))
    quiet = count(passive.look, post, flyers, 200)
    flyers.jammer[airliner(flyers)] = 1.0
    assert count(passive.look, post, flyers, 200) > quiet
    heard = passive.look(post, flyers, Moment(0.0, 1)).columns["emission"].tolist()
    assert heard == [Emission.JAMMER]


def test_bearings_of_two_finders_cross_at_the_emitter(flyers):
    one, other = posts()["Finder"], posts()["Finder 2"]
    only(flyers, airliner(flyers), one, (60_000.0, 5_000.0, 9_000.0))
    truth = ecef_to_enu(
        flyers.position_at(airliner(flyers), 0.0)[:3], one.site, one.book.axes[one.row]
    )
    base = ecef_to_enu(other.site, one.site, one.book.axes[one.row])
    errors = []
    for n in range(300):
        a, b = (passive.look(post, flyers, Moment(0.0, n)) for post in (one, other))
        if not len(a.rows) or not len(b.rows):
            continue
        assert np.isnan(a.columns["elevation_rad"]).all()
        lines = [
            np.array(
                [math.sin(look.columns["azimuth_rad"][0]), math.cos(look.columns["azimuth_rad"][0])]
            )
            for look in (a, b)
        ]
        along = np.linalg.solve(np.column_stack([lines[0], -lines[1]]), base[:2])[0]
        errors.append(np.linalg.norm(along * lines[0] - truth[:2]))
    sigma = one.book.sigma[one.row, 1]
    apart = np.linalg.norm(base[:2])
    expected = math.sqrt(2.0) * sigma * 60_000.0**2 / apart  # triangulation at a long distance
    assert len(errors) > 250
    assert 0.5 * expected < np.sqrt(np.mean(np.square(errors))) < 1.5 * expected


def sight_range(post, flyers, up=0.05):
    """Distance at which the sight sees a drone half the time, m."""
    near, far = 200.0, 30_000.0
    for _ in range(12):
        middle = 0.5 * (near + far)
        only(flyers, DRONE, post, (0.0, middle, up * middle))
        toward = flyers.position_at(DRONE, 0.0)[None, :3]
        seen = count(optical.look, post, flyers, 200, toward=toward) > 100
        near, far = (middle, far) if seen else (near, middle)
    return near


NO_TRACKS = SimpleNamespace(state=np.empty((0, 6)), ballistic=np.empty(0, np.int8))
JAMMER = """
[[jammers]]
name = "far"
lat_deg = 25.15
lon_deg = 121.9
altitude_m = 9000
j_n_db = 30
start_s = 100
end_s = 200
"""


def test_bearings_of_two_finders_cross_at_a_stand_off_jammer(flyers):
    """It is nobody's body, and heard while it jams; command's own crossing finds it."""
    flyers.state[:] = State.WAITING
    of = posts(SCENARIO + JAMMER)
    ours = [of["Finder"], of["Finder 2"]]
    place = geodetic_to_ecef(math.radians(25.15), math.radians(121.9), 9_000.0)
    plan = read_plan(PLAN, "plan.toml")
    found = []
    for n in range(60):
        looks = [passive.look(post, flyers, Moment(150.0, n)) for post in ours]
        assert all((look.rows == -1).all() for look in looks)
        if not all(len(look.rows) == 1 for look in looks):
            continue
        assert all(look.columns["emission"].tolist() == [Emission.JAMMER] for look in looks)
        names = [post.book.names[post.row] for post in ours]
        heard = tuple(
            Bearings(header=Header(name, n, 0, 0), sensor=name, **look.columns)
            for name, look in zip(names, looks, strict=True)
        )
        found += list(search.places(plan, Senses(bearings=heard), NO_TRACKS, 0))
    away = np.linalg.norm(np.array(found) - place, axis=1)
    assert len(found) > 40
    assert np.median(away) < 12_000.0  # 11 km apart, 40 km off, 1 degree; height is not known
    for t in (50.0, 250.0):
        assert not len(passive.look(ours[0], flyers, Moment(t, 1)).rows)


def test_a_stand_off_jammer_below_the_horizon_is_not_heard(flyers):
    flyers.state[:] = State.WAITING
    low = JAMMER.replace("altitude_m = 9000", "altitude_m = 10")
    post = posts(SCENARIO + low)["Finder"]
    assert not sum(len(passive.look(post, flyers, Moment(150.0, n)).rows) for n in range(50))


def test_haze_shortens_the_range_of_a_sight_by_the_law_of_beer_and_lambert(flyers):
    ranges = {}
    for visibility in (300.0, 10.0, 1.0):
        text = f"{SCENARIO}\n[weather]\nvisibility_km = {visibility}"
        post = posts(text)["Sight"]
        ranges[visibility] = sight_range(post, flyers)
        half = ranges[visibility]
        anchor = post.book.reference_range[post.row]
        closed = (anchor / half) ** 2 * math.exp(-3.912 * half / (1e3 * visibility))
        assert closed == pytest.approx(1.0, abs=0.2)
    assert ranges[300.0] > 1.5 * ranges[10.0] > 3.0 * ranges[1.0]


def test_night_shortens_the_range_of_a_sight(flyers):
    day = posts()["Sight"]  # 04:00 UTC is noon there
    night = posts(SCENARIO.replace("T04:00", "T16:00"))["Sight"]
    assert optical.light(day, 0.0) == 1.0
    assert optical.light(night, 0.0) == night.book.night_factor[night.row] < 1.0
    assert sight_range(night, flyers) < 0.8 * sight_range(day, flyers)


def test_a_sight_sees_only_where_it_is_sent(flyers):
    post = posts()["Sight"]
    only(flyers, DRONE, post, (0.0, 3_000.0, 300.0))
    place = flyers.position_at(DRONE, 0.0)[None, :3]
    aside = enu_to_ecef(np.array([[300.0, 3_000.0, 300.0]]), post.site, post.book.axes[post.row])
    assert count(optical.look, post, flyers, 50) == 0
    assert count(optical.look, post, flyers, 50, toward=aside) == 0
    assert count(optical.look, post, flyers, 50, toward=place) > 40


def test_cooperative_station_hears_who_has_a_transponder(flyers):
    post = posts()["Station"]
    only(flyers, airliner(flyers), post, (50_000.0, 0.0, 9_000.0), (0.0, 230.0, 0.0))
    said = [cooperative.look(post, flyers, Moment(0.0, n)) for n in range(LOOKS)]
    said = [report for report in said if len(report.rows)]
    assert within(len(said), LOOKS, 0.8 * post.book.detection[post.row])
    places = np.concatenate([report.columns["ecef"] for report in said])
    velocities = np.concatenate([report.columns["velocity"] for report in said])
    truth = flyers.position_at(airliner(flyers), 0.0)
    sigma = post.book.sigma_place[post.row]
    assert np.std(places - truth[:3]) == pytest.approx(sigma, rel=0.06)
    assert np.abs(np.mean(places - truth[:3], axis=0)).max() < 5.0 * sigma / math.sqrt(len(said))
    assert np.abs(np.mean(velocities - truth[3:], axis=0)).max() < 0.5
    assert set(said[0].columns["address"]) == {100}
    flyers.address[airliner(flyers)] = -1
    assert count(cooperative.look, post, flyers, 50) == 0
    only(flyers, DRONE, post, (5_000.0, 0.0, 900.0))
    assert count(cooperative.look, post, flyers, 50) == 0


def test_cooperative_station_hears_nobody_below_its_horizon(flyers):
    post = posts()["Station"]
    only(flyers, airliner(flyers), post, (150_000.0, 0.0, -1_500.0))
    assert count(cooperative.look, post, flyers, 50) == 0


def test_space_sees_each_launch_once_late_and_roughly_where_it_was(flyers):
    post = posts()["Space"]
    rows = np.flatnonzero((flyers.hostile > 0) & (flyers.family == Family.BALLISTIC))
    assert len(rows) == 40
    cued, errors = [], []
    period = float(post.book.period[post.row])
    for n in range(40):
        report = space.look(post, flyers, Moment(n * period, n))
        cued += report.rows.tolist()
        for row, place, at in zip(
            report.rows, report.columns["ecef"], report.columns["launched_at"], strict=True
        ):
            launched = flyers.launches_at[row]
            assert post.book.seen_after[post.row] <= n * period - launched <= 120.0
            assert abs((at - post.scenario.start) / 1e9 - launched) < 6.0 * space.TIME_SIGMA
            errors.append(place - flyers.position_at(row, launched)[:3])
    assert len(set(cued)) == len(cued)
    assert set(cued) <= set(rows)
    assert within(len(cued), 40, post.book.detection[post.row])
    east_north = np.linalg.norm(errors, axis=1)
    sigma = post.book.sigma_place[post.row]
    assert 0.7 * sigma < np.sqrt(np.mean(np.square(east_north)) / 2.0) < 1.4 * sigma


def test_false_bearings_come_at_the_stated_rate_and_are_nobody():
    text = SCENARIO.replace("false_plots_per_scan = 0", "false_plots_per_scan = 2")
    post = posts(text)["Ears"]
    nobody = compile_bodies(post.scenario, Streams(5))
    looks = [acoustic.look(post, nobody, Moment(0.0, n)) for n in range(800)]
    rows = np.concatenate([look.rows for look in looks])
    assert (rows == -1).all()
    assert len(rows) == pytest.approx(1600, abs=5.0 * math.sqrt(1600))
    assert all((np.diff(look.columns["azimuth_rad"]) >= 0.0).all() for look in looks)
    assert {int(code) for look in looks for code in look.columns["emission"]} == {Emission.ACOUSTIC}
