"""What sensors tell command, and what command asks of sensors."""

from tdome.messages.base import Codes, Floats, Ints, Longs, Message, Singles


class Plots(Message, frozen=True, kw_only=True):
    """One scan of one radar, in the radar's own frame, in canonical order (by measured values).

    A plot is named by (sensor, header.seq, row). ``header.valid_at`` is the time of the scan.
    range_m: (n,) slant range, m. azimuth_rad: (n,) clockwise from true north, [0, 2 pi).
    elevation_rad: (n,) above the local horizontal. snr_db: (n,) signal to noise ratio, dB.
    address: (n,) 24-bit transponder address of a cooperative reply, -1 if none. friend: (n,) 1
    where a valid own-force identification reply came with the plot. volume: True for a scan of the
    whole coverage; False for a tasked look, whose silence about others says nothing. Mirrors
    ASTERIX category 048 in content.
    """

    sensor: str
    volume: bool
    range_m: Floats
    azimuth_rad: Floats
    elevation_rad: Floats
    snr_db: Singles
    address: Ints
    friend: Codes


class SensorStatus(Message, frozen=True, kw_only=True):
    """A sensor says whether it works (ASTERIX 034 in spirit)."""

    sensor: str
    operating: bool


class SensorTasks(Message, frozen=True, kw_only=True):
    """Command asks sensors for one extra look each.

    sensor: (n,) row in plan.sensors. track_number: (n,). look_at: (n,) int ns. ecef: (n, 3) where
    the track is expected at that time, ECEF, m.
    """

    sensor: Ints
    track_number: Ints
    look_at: Longs
    ecef: Floats
