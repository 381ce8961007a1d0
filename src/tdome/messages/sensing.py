"""What sensors tell command, and what command asks of sensors."""

from tdome.messages.base import Codes, Floats, Ints, Longs, Message, Singles


class Plots(Message, frozen=True, kw_only=True):
    """One scan of one radar, in the radar's own frame, in canonical order (by measured values).

    A plot is named by (sensor, header.seq, row). ``header.valid_at`` is the time of the scan.
    range_m: (n,) slant range, m. azimuth_rad: (n,) clockwise from true north, [0, 2 pi).
    elevation_rad: (n,) above the local horizontal, nan from a radar that measures no height.
    range_rate_m_s: (n,) rate of the range, growing positive, nan where it is not measured.
    doppler_spread_m_s: (n,) how far parts of the target move along the line of sight relative to
    the whole (propellers, fans, tumbling), never below what the radar resolves, nan where it is not
    measured. snr_db: (n,) signal to noise ratio, dB. address: (n,) 24-bit transponder address of a
    cooperative reply, -1 if none. friend: (n,) 1 where a valid own-force identification reply came
    with the plot. volume: True for a scan of the whole coverage; False for a tasked look, whose
    silence about others says nothing. Mirrors ASTERIX category 048 in content.
    """

    sensor: str
    volume: bool
    range_m: Floats
    azimuth_rad: Floats
    elevation_rad: Floats
    range_rate_m_s: Floats
    doppler_spread_m_s: Singles
    snr_db: Singles
    address: Ints
    friend: Codes


class Bearings(Message, frozen=True, kw_only=True):
    """One look of a sensor that measures directions only, in canonical order (by measured values).

    ``header.valid_at`` is the time of the look: what is heard left its source earlier (sound by
    distance / 340 m/s). azimuth_rad: (n,) clockwise from true north, [0, 2 pi). elevation_rad: (n,)
    above the local horizontal, nan where it is not measured. snr_db: (n,) signal to noise ratio,
    dB. emission: (n,) Emission: what was heard or seen. volume: as in Plots.
    """

    sensor: str
    volume: bool
    azimuth_rad: Floats
    elevation_rad: Floats
    snr_db: Singles
    emission: Codes


class Cues(Message, frozen=True, kw_only=True):
    """Launches seen from space, in canonical order: roughly where and when, never what or whither.

    ecef: (n, 3) place of the launch, ECEF, m. sigma_m: (n,) its standard error along each
    horizontal axis, m. launched_at: (n,) int ns.
    """

    sensor: str
    ecef: Floats
    sigma_m: Floats
    launched_at: Longs


class Cooperative(Message, frozen=True, kw_only=True):
    """What flyers say of themselves to a ground station (SSR or ADS-B), ordered by address.

    address: (n,) 24-bit transponder address. ecef: (n, 3) place, ECEF, m. velocity: (n, 3) m/s,
    ECEF. friend: (n,) 1 with a valid own-force identification. sigma_m: (n,) standard error of each
    coordinate of the place, m. Mirrors ASTERIX category 021 in content.
    """

    sensor: str
    address: Ints
    ecef: Floats
    velocity: Floats
    friend: Codes
    sigma_m: Floats


class SensorStatus(Message, frozen=True, kw_only=True):
    """A sensor says whether it works (ASTERIX 034 in spirit)."""

    sensor: str
    operating: bool


class SensorTasks(Message, frozen=True, kw_only=True):
    """Command asks sensors for one extra look each.

    sensor: (n,) row in plan.sensors. track_number: (n,), -1 for the search of a place. look_at:
    (n,) int ns. ecef: (n, 3) where the track is expected at that time, ECEF, m.
    """

    sensor: Ints
    track_number: Ints
    look_at: Longs
    ecef: Floats
