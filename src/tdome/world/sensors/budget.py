"""What a radar can spend on tasked looks: a rate, and channels for tracks."""

from tdome.kernel.clock import NS

_ROUNDING = 1e-6  # of a look


class Budget:
    """A token bucket: looks accrue at ``rate`` per second; at most rate + 1 are saved.

    With the one look more, who spreads the rate evenly over slots of any length up to a second,
    floor((n + 1) x) - floor(n x) looks in slot n, is never refused. ``channels``: for how many
    tracks within a second it can look; 0 for any number. Searches (track -1) need no channel.
    """

    def __init__(self, rate: float, channels: int) -> None:
        self._rate, self._channels = rate, channels
        self._most = rate + 1.0 if rate > 0.0 else 0.0
        self._left = self._most
        self._since: int | None = None
        self._served: dict[int, int] = {}

    def spend(self, track: int, at: int) -> bool:
        """Take one look at a track at a time (int ns); False if that can not be done."""
        if self._since is not None and at > self._since:
            self._left = min(self._most, self._left + self._rate * (at - self._since) / NS)
        self._since = at if self._since is None else max(at, self._since)
        self._served = {one: last for one, last in self._served.items() if last > at - NS}
        new = track >= 0 and track not in self._served
        full = new and len(self._served) >= self._channels > 0
        if full or self._left < 1.0 - _ROUNDING:
            return False
        self._left -= 1.0
        if track >= 0:
            self._served[track] = at
        return True
