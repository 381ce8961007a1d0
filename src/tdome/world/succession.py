"""Who commands which site: command posts, their zones, and the next by rank where one is lost.

A zone is the sites whose ``command_post`` names the same post. When the post that commands a zone
is lost, the next post that still works, by rank and then by the order of the plan, takes over
``succession_s`` later. Until then nobody hears the zone's sites and nobody orders its units: hold
fire. A post that works again takes its own zone back at once. A plan without posts has one,
everywhere, that can not be lost.

There is one chain of decisions in a run, whoever commands: what is modelled is who is connected
when. Source: functions F23 (survivability, succession of command) of reference/domain.md; the time
is notional. Limit: the new post knows at once all that the old one knew.
"""

from collections.abc import Mapping, Sequence

from tdome.plan.plan import Plan

NEVER = -1
"""The time (int ns UTC) of what does not happen."""


class Posts:
    """Command posts by row, seniors first in ``order``. Times int ns UTC.

    ``zones``: site name -> row of its post; empty where there is but the one implicit post.
    """

    def __init__(
        self, sites: Sequence[str], zones: Mapping[str, int], ranks: Sequence[int], succession: int
    ) -> None:
        self.sites = tuple(sites)
        self._zones = dict(zones)
        self._order = sorted(range(len(ranks)), key=lambda row: (ranks[row], row))
        self._up = [True] * len(ranks)
        self._succession = succession
        self._acting = list(range(len(ranks)))
        self._since = [0] * len(ranks)

    def hears(self, site: str, now: int) -> int:
        """Return from when on (at least now) somebody commands a site; NEVER if nobody will."""
        zone = self._zones.get(site, NEVER)
        if zone == NEVER:
            return now
        return NEVER if self._acting[zone] == NEVER else max(self._since[zone], now)

    def lose(self, post: int, now: int) -> None:
        """Take a post out; the next by rank will take over whatever it commanded."""
        self._up[post] = False
        heir = next((row for row in self._order if self._up[row]), NEVER)
        for zone, acting in enumerate(self._acting):
            if acting == post:
                self._acting[zone], self._since[zone] = heir, now + self._succession

    def restore(self, post: int, now: int) -> None:
        """Let a post work again: its own zone at once, orphaned ones after the usual time."""
        self._up[post] = True
        for zone, acting in enumerate(self._acting):
            if zone == post:
                self._acting[zone], self._since[zone] = post, now
            elif acting == NEVER:
                self._acting[zone], self._since[zone] = post, now + self._succession


def posts_of(plan: Plan) -> Posts:
    """Return the command posts of a plan at the start of a run, all at work."""
    file = plan.file
    rows = {post.name: row for row, post in enumerate(file.command_posts)}
    ranks = [post.rank for post in file.command_posts]
    senior = min(rows.values(), key=lambda row: (ranks[row], row), default=NEVER)
    post_of = {site.name: site.command_post for site in file.sensors}
    post_of |= {site.name: site.command_post for site in file.fire_units}
    return Posts(
        sites=list(post_of),
        zones={name: rows[post] if post else senior for name, post in post_of.items() if rows},
        ranks=ranks,
        succession=round(plan.authority.succession_s * 1e9),
    )
