"""Links: each effect acts, in the right direction, and by its own draws."""

import numpy as np
import pytest
from scipy.stats import binom, geom

from tdome.kernel.clock import NS
from tdome.kernel.errors import ConfigError
from tdome.kernel.random import Streams
from tdome.world.links import HEADER_BYTES, RETRY, ROW_BYTES, Links
from tdome.world.schema.conditions import LinkOutage, SiteLink
from tdome.world.schema.conditions import Links as File
from tdome.world.succession import NEVER, Posts

T0 = 1_000 * NS


def links(seed: int = 1, sites: tuple[str, ...] = ("r", "s"), **keys: object) -> Links:
    posts = Posts(sites, {}, [], 0)
    return Links(File(**keys), posts, T0, Streams(seed))  # type: ignore[arg-type]


def outage(link: str, begins: float, ends: float, factor: float = 0.0) -> LinkOutage:
    return LinkOutage(link=link, from_s=begins, to_s=ends, factor=factor)


def test_delay_is_fixed_and_exponential() -> None:
    made = links(delay_s=0.2, jitter_s=0.5)
    delay = np.array([made.up("r", "Plots", seq, 1, T0) - T0 for seq in range(4000)]) / NS
    assert delay.min() >= 0.2
    assert delay.mean() == pytest.approx(0.7, abs=0.04)
    assert delay.std() == pytest.approx(0.5, abs=0.05)


def test_loss_is_keyed_by_message() -> None:
    made = links(loss=0.1)
    lost = [made.up("r", "Plots", seq, 1, T0) == NEVER for seq in range(4000)]
    low, high = binom.interval(0.9999, 4000, 0.1)
    assert low <= sum(lost) <= high
    assert made.lost["Plots"] == sum(lost)
    again = links(loss=0.1)
    assert [again.up("r", "Plots", s, 1, T0) == NEVER for s in reversed(range(4000))] == lost[::-1]


def test_another_site_changes_no_draw() -> None:
    few, many = (
        links(jitter_s=1.0, loss=0.2),
        links(sites=("a", "r", "s", "z"), jitter_s=1.0, loss=0.2),
    )
    for n in range(200):
        many.down("z", "EngagementOrders", T0)
        assert many.up("r", "Plots", n, 3, T0) == few.up("r", "Plots", n, 3, T0)
        assert many.down("s", "EngagementOrders", T0) == few.down("s", "EngagementOrders", T0)


def test_effects_follow_causes() -> None:
    assert links(delay_s=0.0).up("r", "Plots", 1, 1, T0) == T0 + 1


def test_what_is_repeated_comes_later_and_never_gets_lost() -> None:
    made = links(delay_s=0.1, loss=0.5)
    late = [made.up("r", "EngagementReports", n, 1, T0) - T0 - NS // 10 for n in range(3000)]
    retries = np.array(late) // RETRY
    assert min(late) == 0
    assert retries.mean() == pytest.approx(geom(0.5).mean() - 1.0, abs=0.1)


def test_a_cut_silences_what_is_sent_once_and_holds_back_what_is_repeated() -> None:
    made = links(delay_s=0.1, outages=[outage("r", 10.0, 50.0)])
    inside = T0 + 20 * NS
    assert made.up("r", "Plots", 1, 1, inside) == NEVER
    assert made.down("r", "SensorTasks", inside) == NEVER
    assert made.up("r", "EngagementReports", 1, 1, inside) == T0 + 50 * NS + NS // 10
    assert made.up("s", "Plots", 1, 1, inside) == inside + NS // 10
    for at in (T0 + 9 * NS, T0 + 50 * NS):
        assert made.up("r", "Plots", 2, 1, at) == at + NS // 10


def test_jamming_takes_its_share() -> None:
    made = links(outages=[outage("all", 0.0, 100.0, factor=0.3)])
    heard = sum(made.up("r", "Plots", n, 1, T0) != NEVER for n in range(4000))
    low, high = binom.interval(0.9999, 4000, 0.3)
    assert low <= heard <= high


def test_a_relay_rescues_and_its_delay_adds() -> None:
    own = [SiteLink(name="r", delay_s=0.3, relay="s"), SiteLink(name="s", delay_s=0.2)]
    cuts = [outage("r", 0.0, 10.0), outage("s", 5.0, 10.0)]
    made = Links(File(sites=own, outages=cuts), Posts(("r", "s"), {}, [], 0), T0, Streams(1))
    assert made.up("r", "Plots", 1, 1, T0) == T0 + NS // 2
    assert made.up("r", "Plots", 2, 1, T0 + 6 * NS) == NEVER, "the relay is cut too"
    assert made.up("r", "Plots", 3, 1, T0 + 11 * NS) == T0 + 11 * NS + 3 * NS // 10
    made.relays = lambda _: False
    assert made.up("r", "Plots", 4, 1, T0) == NEVER, "the relay is lost"


def test_a_narrow_link_is_a_queue() -> None:
    made = links(delay_s=0.0, bandwidth_bytes_s=1_000.0)
    size = HEADER_BYTES + 100 * ROW_BYTES
    first = made.up("r", "Plots", 1, 100, T0)
    assert (first - T0) / NS == pytest.approx(size / 1_000.0, abs=1e-6)
    behind = made.up("r", "EngagementReports", 1, 1, T0)
    assert (behind - first) / NS == pytest.approx((HEADER_BYTES + ROW_BYTES) / 1_000.0, abs=1e-6)
    assert made.up("s", "Plots", 1, 1, T0) < first, "every site has its own"
    assert made.down("r", "EngagementOrders", T0) < first, "either direction has its own"
    wide = links(delay_s=0.0)
    assert wide.up("r", "Plots", 1, 100, T0) == T0 + 1


def test_half_the_bandwidth_is_twice_the_time() -> None:
    whole, jammed = (
        links(delay_s=0.0, bandwidth_bytes_s=100.0, outages=[outage("r", 0.0, 900.0, f)])
        for f in (1.0, 0.5)
    )
    a = whole.up("r", "UnitStatus", 1, 1, T0) - T0
    b = jammed.up("r", "UnitStatus", 1, 1, T0) - T0
    assert (b - 2 * a + 1) % RETRY == 0, "twice the time, and whole retries"


@pytest.mark.parametrize(
    ("keys", "key", "hint"),
    [
        ({"sites": [SiteLink(name="radr")]}, "links.sites[0].name", "'radar'"),
        ({"sites": [SiteLink(name="radar", relay="radar")]}, "links.sites[0].relay", "unit"),
        ({"outages": [outage("unti", 0.0, 1.0)]}, "links.outages[0].link", "'unit'"),
        ({"outages": [outage("unit", 2.0, 1.0)]}, "links.outages[0].to_s", ""),
    ],
)
def test_names_and_windows_are_checked(keys: dict[str, object], key: str, hint: str) -> None:
    with pytest.raises(ConfigError) as error:
        Links(File(**keys), Posts(("radar", "unit"), {}, [], 0), T0, Streams(1))  # type: ignore[arg-type]
    assert error.value.key == key
    assert hint in str(error.value)
