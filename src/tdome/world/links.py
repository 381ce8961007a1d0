"""Data links: how long a message travels between a site and its command post, and if it arrives.

Each site has one link, with a queue for either direction. A message of n rows has
HEADER_BYTES + n ROW_BYTES bytes (not the encoded size, which no radio would send) and leaves when
those before it have left:

    leaves  = max(now, free) + size / (bandwidth q)
    arrives = leaves + delay - jitter ln u + retries RETRY

q in [0, 1] is the product of the factors of the outages at that time: 0 cut, below 1 jammed.
p = (1 - loss) q is the chance that one sending gets through. Plots, tasks and updates are sent
once. Orders, reports and states are repeated until they arrive: the number of retries is geometric
in p, and what finds its link cut waits for the end of the outage. A cut site with a ``relay`` goes
by that site's link instead: delays add, chances multiply, both queues are stood in.

Assumptions: both ends know at once that a link is cut; RETRY is notional. Limits: one relay, no
routing; a queue drops nothing, so that an overloaded link delivers ever later; the relay's radio
to its neighbour is the site's own, unjammed. All draws are keyed by site, direction, kind and
sequence number, so that no message changes another's luck. Jitter may turn the order of two
messages of one source: that is legal input.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from tdome.kernel.clock import nanoseconds
from tdome.kernel.errors import ConfigError
from tdome.kernel.random import Stream, Streams
from tdome.plan.names import refuse_doubles
from tdome.world.schema import conditions
from tdome.world.succession import NEVER, Posts

HEADER_BYTES, ROW_BYTES = 32, 48  # of the order of an ASTERIX category 048 record
RETRY = 500_000_000  # ns between two sendings of what is repeated
REPEATED = frozenset({"EngagementOrders", "EngagementReports", "SensorStatus", "UnitStatus"})
_MOST_RETRIES = 1_000.0
_ALL = "all"
_AHEAD = 64  # messages of one source whose luck is drawn at once: a draw alone costs a call


class Outage(msgspec.Struct, frozen=True):
    """A window, int ns UTC, in which only a share of messages and bandwidth is left."""

    begins: int
    ends: int
    factor: float


class Link(msgspec.Struct, frozen=True):
    """The link of one site, in SI and ns."""

    name: str
    delay_s: float
    jitter_s: float
    loss: float
    bandwidth: float
    clock_offset: int
    relay: str
    outages: tuple[Outage, ...]

    def quality(self, now: int) -> float:
        """Return the share that outages leave at a time."""
        left = 1.0
        for outage in self.outages:
            if outage.begins <= now < outage.ends:
                left *= outage.factor
        return left


class Links:
    """All links of a scenario. ``sites``: the names that links may have; ``start`` in ns UTC.

    ``lost`` counts rows of messages that never arrived, by kind. Raises ConfigError for a name
    that is no site's.
    """

    def __init__(
        self,
        file: conditions.Links,
        posts: Posts,
        start: int,
        streams: Streams,
        source: str = "scenario.toml",
    ) -> None:
        self._posts, self._streams = posts, streams
        self._opened: dict[tuple[str, str, str], Stream] = {}
        self._drawn: dict[tuple[str, str, str], tuple[int, list[list[float]]]] = {}
        self._free: dict[tuple[str, str], int] = {}
        self._told: Counter[tuple[str, str]] = Counter()
        self.lost: Counter[str] = Counter()
        self.relays: Callable[[str], bool] = lambda _: True
        self._links = _links(file, posts.sites, start, source)

    def renew(self, streams: Streams) -> None:
        """Let the messages to come have the luck of other streams."""
        self._streams = streams
        self._opened.clear()
        self._drawn.clear()

    def clock_offset(self, site: str) -> int:
        """Return by how much the clock of a site runs ahead, ns."""
        link = self._links.get(site)
        return link.clock_offset if link is not None else 0

    def up(self, site: str, kind: str, seq: int, rows: int, now: int) -> int:
        """Return when a message that a site sends reaches command (int ns UTC), or NEVER."""
        at = self._posts.hears(site, now)
        if at > now and kind not in REPEATED:
            at = NEVER
        if at != NEVER:
            at = self._carry(site, "up", kind, seq, rows, max(at, now))
        return self._counted(kind, rows, at)

    def down(self, site: str, kind: str, now: int) -> int:
        """Return when one row of command's reaches a site, or NEVER.

        Who is to take command does not command yet: meanwhile nobody says anything.
        """
        self._told[site, kind] += 1
        at = NEVER
        if self._posts.hears(site, now) == now:
            at = self._carry(site, "down", kind, self._told[site, kind], 1, now)
        return self._counted(kind, 1, at)

    def _counted(self, kind: str, rows: int, at: int) -> int:
        if at == NEVER:
            self.lost[kind] += max(rows, 1)
        return at

    def _carry(self, site: str, way: str, kind: str, seq: int, rows: int, now: int) -> int:
        again = kind in REPEATED
        at, hops = self._way(self._links[site], now, wait=again)
        if not hops:
            return NEVER
        late, luck, tries, late_too = self._luck(site, way, kind, seq)
        through = 1.0
        size = HEADER_BYTES + ROW_BYTES * rows
        for (link, quality), u in zip(hops, (late, late_too), strict=False):
            through *= (1.0 - link.loss) * quality
            if math.isfinite(link.bandwidth):
                at = max(at, self._free.get((link.name, way), 0))
                at += nanoseconds(size / (link.bandwidth * quality))
                self._free[link.name, way] = at
            at += max(nanoseconds(link.delay_s - link.jitter_s * math.log(u)), 1)
        if again and through <= 0.0:
            return NEVER
        if again and through < 1.0:
            retries = min(math.log(tries) / math.log1p(-through), _MOST_RETRIES)
            return at + int(retries) * RETRY
        return NEVER if luck < 1.0 - through else at

    def _way(self, link: Link, now: int, *, wait: bool) -> tuple[int, list[tuple[Link, float]]]:
        """Return when a message can leave, and the links that it takes with their quality."""
        other = self._links.get(link.relay)
        instants = [now]
        if wait:
            outages = link.outages + (other.outages if other is not None else ())
            instants += sorted({o.ends for o in outages if o.ends > now})
        for at in instants:
            quality = link.quality(at)
            if quality > 0.0:
                return at, [(link, quality)]
            if other is not None and other.quality(at) > 0.0 and self.relays(other.name):
                return at, [(link, 1.0), (other, other.quality(at))]
        return now, []

    def _luck(self, site: str, way: str, kind: str, seq: int) -> list[float]:
        """Return the four uniforms of a message; those after it are drawn with it."""
        name = site, way, kind
        first, rows = self._drawn.get(name, (0, []))
        if not first <= seq < first + len(rows):
            if name not in self._opened:
                self._opened[name] = self._streams("links", *name)
            first = seq - seq % _AHEAD
            rows = self._opened[name].draw_in_turn(first, _AHEAD).tolist()
            self._drawn[name] = first, rows
        return rows[seq - first]


def _links(
    file: conditions.Links, sites: Sequence[str], start: int, source: str
) -> dict[str, Link]:
    valid = list(dict.fromkeys(sites))
    refuse_doubles([site.name for site in file.sites], "links.sites", "name", source)
    own = {site.name: site for site in file.sites}
    for i, site in enumerate(file.sites):
        _known(site.name, valid, f"links.sites[{i}].name", source)
        if site.relay is not None:
            others = [name for name in valid if name != site.name]
            _known(site.relay, others, f"links.sites[{i}].relay", source)
    for i, outage in enumerate(file.outages):
        key = f"links.outages[{i}]"
        _known(outage.link, [*valid, _ALL], f"{key}.link", source)
        if outage.from_s >= outage.to_s:
            problem = f"key '{key}.to_s': {outage.to_s:g} s is not after {outage.from_s:g} s"
            raise ConfigError(source, None, f"{key}.to_s", problem)
    return {name: _link(name, file, own.get(name), start) for name in valid}


def _link(name: str, file: conditions.Links, own: conditions.SiteLink | None, start: int) -> Link:
    def value(key: str) -> float:
        mine = getattr(own, key) if own is not None else None
        return float(getattr(file, key) if mine is None else mine)

    bandwidth = value("bandwidth_bytes_s")
    return Link(
        name=name,
        delay_s=value("delay_s"),
        jitter_s=value("jitter_s"),
        loss=value("loss"),
        bandwidth=bandwidth if bandwidth > 0.0 else math.inf,
        clock_offset=nanoseconds(own.clock_offset_s) if own is not None else 0,
        relay=(own.relay or "") if own is not None else "",
        outages=tuple(
            Outage(start + nanoseconds(o.from_s), start + nanoseconds(o.to_s), o.factor)
            for o in file.outages
            if o.link in {name, _ALL}
        ),
    )


def _known(name: str, valid: list[str], key: str, source: str) -> None:
    if name not in valid:
        raise ConfigError.unknown(file=source, key=key, name=name, valid=valid)
