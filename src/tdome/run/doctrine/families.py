"""The instances of the benchmark: families of notional ones, half to tune on, half held out.

Small ones have one class of threat and are solved exactly; the others have two or three classes
and layers. Numbers are inventions of the same order as in open writing on layered defence; see
docs/concepts/assignment/doctrines.md. The first of each pair is for tuning, the second held out.
"""

import math

import numpy as np

from tdome.run.doctrine.instance import Instance

TUNING, HELD_OUT = "tuning", "held-out"
_INF = math.inf

# waves, mean, shape, looks' layers, pk by look, salvo, rounds by layer: one class of value 1
_SMALL = (
    (6, 4.0, _INF, (0, 0), (0.65, 0.65), 2, (15,)),
    (6, 4.0, _INF, (0, 0), (0.65, 0.65), 2, (20,)),
    (6, 4.0, _INF, (0, 0), (0.65, 0.65), 2, (35,)),
    (6, 4.0, _INF, (0, 0), (0.65, 0.65), 2, (25,)),
    (4, 5.0, _INF, (0, 0), (0.5, 0.7), 2, (24,)),
    (5, 4.0, _INF, (0, 0), (0.45, 0.75), 2, (28,)),
    (8, 2.0, _INF, (0, 0, 0), (0.5, 0.5, 0.6), 2, (20,)),
    (8, 2.5, _INF, (0, 0, 0), (0.6, 0.5, 0.4), 2, (26,)),
    (6, 3.0, 1.5, (0, 0), (0.65, 0.65), 2, (18,)),
    (6, 3.0, 2.0, (0, 0), (0.6, 0.6), 2, (22,)),
    (4, 4.0, 2.0, (0,), (0.6,), 3, (24,)),
    (5, 3.0, 1.5, (0,), (0.7,), 3, (20,)),
    (4, 4.0, _INF, (0, 1), (0.55, 0.7), 2, (10, 12)),
    (5, 3.0, _INF, (0, 1), (0.7, 0.55), 2, (12, 9)),
    (4, 3.0, 2.0, (0, 1, 1), (0.6, 0.5, 0.5), 2, (8, 12)),
    (4, 3.0, _INF, (0, 0, 1), (0.5, 0.6, 0.7), 2, (12, 8)),
    (10, 2.0, _INF, (0, 0), (0.7, 0.7), 2, (30,)),
    (10, 1.5, 3.0, (0, 0), (0.6, 0.7), 2, (22,)),
    (5, 4.0, _INF, (0, 0), (0.8, 0.8), 3, (18,)),
    (6, 4.0, 4.0, (0, 0), (0.75, 0.6), 3, (24,)),
)

# family, waves, mean, shape, rounds by layer, (reload), (channels), (false kill, false live)
_THREE = (
    ("ample", 8, 12.0, 2.0, (40, 60, 60)),
    ("ample", 8, 12.0, 4.0, (45, 60, 55)),
    ("ample", 12, 20.0, 4.0, (110, 150, 150)),
    ("ample", 10, 16.0, 3.0, (75, 95, 90)),
    ("ample", 20, 40.0, 2.0, (300, 400, 500)),
    ("ample", 16, 30.0, 2.0, (210, 260, 300)),
    ("scarce", 8, 12.0, 2.0, (20, 30, 40)),
    ("scarce", 8, 14.0, 3.0, (24, 30, 42)),
    ("scarce", 12, 20.0, 2.0, (40, 60, 80)),
    ("scarce", 10, 18.0, 3.0, (36, 45, 60)),
    ("scarce", 6, 25.0, 4.0, (20, 40, 60)),
    ("scarce", 7, 22.0, 4.0, (25, 35, 60)),
    ("overdispersed", 8, 12.0, 0.5, (20, 30, 40)),
    ("overdispersed", 8, 12.0, 0.7, (22, 30, 44)),
    ("overdispersed", 12, 15.0, 0.8, (40, 60, 60)),
    ("overdispersed", 14, 14.0, 0.6, (45, 60, 70)),
    ("overdispersed", 20, 10.0, 0.5, (50, 70, 80)),
    ("overdispersed", 16, 12.0, 0.8, (45, 60, 80)),
)
_UNSURE = (  # waves, mean, shape, rounds, false kill, false live
    (8, 12.0, 2.0, (30, 45, 50), 0.05, 0.10),
    (8, 14.0, 3.0, (34, 50, 55), 0.05, 0.15),
    (6, 16.0, 4.0, (20, 40, 50), 0.10, 0.20),
    (6, 18.0, 4.0, (25, 40, 50), 0.10, 0.10),
    (10, 10.0, 1.0, (30, 40, 50), 0.15, 0.05),
    (9, 11.0, 1.5, (30, 40, 50), 0.10, 0.05),
)
_RELOAD = (  # waves, mean, shape, rounds, reload
    (8, 12.0, 2.0, (12, 20, 24), (2, 3, 4)),
    (8, 14.0, 3.0, (14, 20, 26), (2, 4, 4)),
    (12, 16.0, 1.0, (20, 30, 40), (2, 4, 5)),
    (10, 16.0, 1.5, (20, 30, 36), (3, 4, 5)),
    (16, 8.0, 0.8, (12, 16, 20), (1, 2, 3)),
    (14, 10.0, 1.0, (14, 18, 20), (2, 2, 3)),
)
_CHANNELS = (  # waves, mean, shape, rounds, channels
    (8, 12.0, 2.0, (40, 60, 60), (5, 8, 12)),
    (8, 12.0, 3.0, (40, 55, 60), (6, 8, 10)),
    (10, 20.0, 2.0, (50, 80, 100), (8, 12, 16)),
    (10, 18.0, 2.0, (45, 75, 90), (8, 10, 16)),
)
_TWO = (  # two layers, two classes: waves, mean, shape, rounds, salvo
    (8, 10.0, 2.0, (30, 40), 2),
    (8, 11.0, 2.0, (34, 40), 2),
    (10, 15.0, 4.0, (50, 60), 2),
    (12, 13.0, 3.0, (50, 60), 2),
    (6, 20.0, 1.0, (40, 50), 3),
    (7, 18.0, 1.0, (40, 55), 3),
)


def instances() -> list[Instance]:
    """Return all instances, always the same ones in the same order."""
    made = [_small(i, row) for i, row in enumerate(_SMALL)]
    for i, (family, waves, mean, shape, rounds) in enumerate(_THREE):
        made.append(_three(family, i, (waves, mean, shape), rounds))
    for i, (*law, rounds, miss, ghost) in enumerate(_UNSURE):
        made.append(_three("unsure", i, tuple(law), rounds, errors=(miss, ghost)))
    for i, (*law, rounds, reload) in enumerate(_RELOAD):
        made.append(_three("reload", i, tuple(law), rounds, reload=reload))
    for i, (*law, rounds, channels) in enumerate(_CHANNELS):
        made.append(_three("channels", i, tuple(law), rounds, channels=channels))
    return made + [_two(i, row) for i, row in enumerate(_TWO)]


def _part(i: int) -> str:
    return HELD_OUT if i % 2 else TUNING


def _three(  # noqa: PLR0913  (the columns of the tables above)
    family: str,
    i: int,
    law: tuple[float, ...],
    rounds: tuple[int, ...],
    *,
    reload: tuple[int, ...] = (0, 0, 0),
    channels: tuple[int, ...] = (10**6,) * 3,
    errors: tuple[float, float] = (0.0, 0.0),
) -> Instance:
    """Three layers (two looks, two, one), three classes of value 1, 4 and 10."""
    waves, mean, shape = law
    turn = 0.02 * (i % 5) - 0.04  # a little of each: no two instances have the same table
    pk = np.array([[0.75, 0.65, 0.55], [0.70, 0.60, 0.45], [0.80, 0.55, 0.35]]) + turn
    layer = np.array([0, 0, 1, 1, 2])
    return Instance(
        name=f"{family}-{i + 1}",
        family=family,
        part=_part(i),
        waves=int(waves),
        mean=mean,
        shape=shape,
        mix=np.array([0.6, 0.3, 0.1]),
        values=np.array([1.0, 4.0, 10.0]),
        layer=layer,
        pk=pk[layer],
        salvo=2,
        channels=np.array(channels),
        rounds=np.array(rounds),
        reload=np.array(reload),
        false_kill=errors[0],
        false_live=errors[1],
    )


def _two(i: int, row: tuple[int, float, float, tuple[int, ...], int]) -> Instance:
    """Two layers of two looks, two classes of value 1 and 6."""
    waves, mean, shape, rounds, salvo = row
    layer = np.array([0, 0, 1, 1])
    return Instance(
        name=f"two-layers-{i + 1}",
        family="two-layers",
        part=_part(i),
        waves=waves,
        mean=mean,
        shape=shape,
        mix=np.array([0.75, 0.25]),
        values=np.array([1.0, 6.0]),
        layer=layer,
        pk=np.array([[0.7, 0.5], [0.6, 0.6]])[layer] + 0.02 * (i % 3),
        salvo=salvo,
        channels=np.array([10**6, 10**6]),
        rounds=np.array(rounds),
        reload=np.array([0, 0]),
    )


def _small(i: int, row: tuple[object, ...]) -> Instance:
    waves, mean, shape, layer, pk, salvo, rounds = row
    count = len(rounds)  # type: ignore[arg-type]
    return Instance(
        name=f"small-{i + 1}",
        family="small",
        part=_part(i),
        waves=waves,  # type: ignore[arg-type]
        mean=mean,  # type: ignore[arg-type]
        shape=shape,  # type: ignore[arg-type]
        mix=np.array([1.0]),
        values=np.array([1.0]),
        layer=np.array(layer),
        pk=np.array(pk)[:, None],
        salvo=salvo,  # type: ignore[arg-type]
        channels=np.array([10**6] * count),
        rounds=np.array(rounds),
        reload=np.array([0] * count),
    )
