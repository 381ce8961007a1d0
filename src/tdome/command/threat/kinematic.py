"""The baseline evaluator ``kinematic-v1``.

Class by motion, impact by the shared law, value at risk by geometry; each model has its module.
What would hit is the mixture of the real classes that are still possible, so that nothing jumps
when the most probable class changes; only the believed drag is that of a single class.
"""

from typing import NamedTuple

import msgspec
import numpy as np

from tdome.command.threat import groups, identity, impact, motion, risk, weaving, wreck
from tdome.command.threat.belief import recursion, shares
from tdome.command.threat.belief.hypotheses import INV_BETA, Flags, hypotheses
from tdome.command.threat.belief.likelihood import ACCELERATION
from tdome.command.threat.landing import of_tracks
from tdome.command.threat.memory import Memory
from tdome.earth.wgs84 import geodetic_to_ecef
from tdome.messages.base import Codes, Floats, Header, Ints
from tdome.messages.codes import Family, Identity, code_set
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks, unpack_covariance
from tdome.plan.plan import Plan

URGENCY_S = 60.0  # a threat this far off counts half
TIGHT_M = 5_000.0  # a larger semi-axis (one sigma) of the ellipse lets nobody pass as harmless
OVERDUE_S = 10.0  # an impact that should have been this long ago endangers nothing any more
_ANY_INV_BETA, _ANY_BETA_SIGMA = 1.0 / 5_000.0, 0.6  # m^2/kg; no ballistic class in the plan
_NEW_HITS, _LAST_SECONDS = 8, 20.0  # a new or a late track is predicted again with every plot,
_CALM_NS = 3_000_000_000  # an old one this often,
_DERIVE_SHARE, _DERIVE_S = 0.1, 5.0  # derivatives after this share of the time to go, or so many s
_FIRST_HITS = 3  # plots before a falling track is predicted at all,
_BOOST_HITS = 5  # and a climbing one, which may still be under power
_BOOST_GAIN, _BOOST_VARIANCE = 1.03, 25.0  # gain of energy speed that means thrust; what it does
_INBOUND_M = 50e3  # a ballistic track that comes down this near to an asset is inbound
_TOWARDS = 0.1  # fit of the course from which a level track heads for an asset: 32 degrees off
DECOY_LIMITS = (1e-3, 1.0 - 1e-3)  # a decoy can be unknown to the plan, and a known one real
_OURS = code_set(Identity.FRIEND, Identity.ASSUMED_FRIEND, Identity.NEUTRAL)


class _View(msgspec.Struct, frozen=True, eq=False):
    """What one step computes on the way, one row per track."""

    tracks: SystemTracks
    now: int
    falling: Flags
    motion: Floats
    belief: recursion.Belief
    alone: Floats  # (n, C + 1): what is believed of each track by itself, with the plan's prior
    pmf: Floats  # and among the others, with the shares of the picture
    body: Ints  # row in plan.threats: most probable real class of the family that the tracker sees
    reach: Floats  # (n, C): probability of each real class, given that it is one of that family
    share: Floats  # the same among the others
    broken: Flags  # wreckage
    inv_beta: Floats
    measured: Flags  # the tracker estimates the drag


class _Likely(NamedTuple):
    """The assets most at risk: rows (n, LIKELY), and P(hit) and loss of each, (n, LIKELY, 2)."""

    named: Ints
    parts: Floats


class KinematicEvaluator:
    """Threat evaluation by kinematics alone; see the modules of this room for each model."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        cells = plan.sensors.physics.doppler_cell
        cells = cells[cells > 0.0] if cells.any() else np.zeros(1)
        finest, coarsest = float(cells.min()), float(cells.max())
        self.model = hypotheses(plan.threats, plan.prior, (finest, coarsest))
        beta = plan.threats.beta_range
        spread = np.log(beta[:, 1] / beta[:, 0]) / np.sqrt(12.0)
        self._beta_sigma = np.where(np.isfinite(spread), spread, _ANY_BETA_SIGMA)
        inv_beta = self.model.table[: self.model.classes, INV_BETA]
        self._inv_beta = np.where(inv_beta > 0.0, inv_beta, _ANY_INV_BETA)

    def start(self) -> Memory:
        """Return the state of an evaluator that has seen nothing."""
        return Memory.empty(0, len(self.model.kind), self.model.classes)

    def evaluate(self, state: Memory, tracks: SystemTracks, now: int) -> tuple[Memory, Threats]:
        """Judge every track at ``now`` (int ns UTC); see :class:`ThreatEvaluator`."""
        past = state.recall(tracks.track_number)
        covariance = unpack_covariance(tracks.covariance)
        moved = motion.describe(tracks.state, covariance)
        new = tracks.updated_at != past.updated_at
        learnt = self._learn(past, tracks, moved, new)
        belief = self._believe(learnt, tracks)
        alone = recursion.message_pmf(belief, self.model)
        falling = self._falling(tracks, alone, moved)
        reach = self.share(alone, falling)
        body = reach.argmax(axis=1).astype(np.int32)
        anchor_at, anchor, broken = wreck.look(past, moved, new, now)
        gone = shares.faded(state.gone, (now - state.at) * 1e-9) + state.left(tracks.track_number)
        filed = identity.filed(tracks.address, self.plan.traffic.civil_addresses)
        free = ~(filed | (tracks.friend != 0) | broken)
        kept = np.where(broken[:, None], past.counted, 0.0)
        sky = shares.estimate(alone, tracks.hits, free, kept, gone, self.plan.prior)
        share = self.share(sky.pmf, falling)
        alone[broken] = sky.pmf[broken] = np.append(np.zeros(len(self.plan.threats.names)), 1.0)
        measured = (tracks.ln_inv_beta_sigma > 0.0) & ~broken
        estimate = np.exp(tracks.ln_inv_beta.astype(np.float64))
        inv_beta = np.where(measured, estimate, self._inv_beta[body])
        inv_beta = np.where(broken, wreck.INV_BETA, inv_beta)
        view = _View(
            tracks=tracks,
            now=now,
            falling=falling,
            motion=moved,
            belief=belief,
            alone=alone,
            pmf=sky.pmf,
            body=body,
            reach=reach,
            share=share,
            inv_beta=np.where(falling, inv_beta, 0.0),
            broken=broken,
            measured=measured,
        )
        known = self._impacts(learnt, view, covariance)
        risks, likely = self._risks(known, view)
        known = self._not_civil(known, view, new)
        named, because = self._identities(known, risks, view)
        memory = msgspec.structs.replace(
            known,
            said=state.said + 1,
            updated_at=tracks.updated_at,
            identity=named,
            because=because,
            anchor_at=anchor_at,
            anchor=anchor,
            wreck=broken.astype(np.int8),
            energy_speed=np.where(new, moved[:, motion.ENERGY_SPEED], past.energy_speed),
            at=now,
            counted=sky.counted,
            gone=gone,
        )
        return memory, self._threats(memory, risks, likely, view)

    def _learn(self, past: Memory, tracks: SystemTracks, moved: Floats, new: Flags) -> Memory:
        """Take in the kinematic evidence of the tracks that have new plots."""
        lapse = (tracks.updated_at - past.updated_at) * 1e-9
        lapse = np.where(past.updated_at < 0, recursion.FIRST_LOOK_S, lapse)
        look_s = np.where(new, np.clip(lapse, 0.1, recursion.LONGEST_LOOK_S), 0.0)
        since = np.where(past.pulled_at >= 0, tracks.header.valid_at - past.pulled_at, -1)
        sigma = moved[:, motion.SPEED_SIGMA]
        pulled = motion.accelerations(tracks.state, sigma, past.pull, np.where(new, since, -1))
        fresh = new & ((since < 0) | (since >= motion.SHORTEST_NS))
        mean, span = recursion.learn(
            past.mean, past.span, look_s, moved, pulled, tracks.ballistic, self.model
        )
        anchor = np.column_stack([tracks.state[:, 3:], sigma])
        return msgspec.structs.replace(
            past,
            mean=mean,
            span=span,
            pulled_at=np.where(fresh, tracks.header.valid_at, past.pulled_at),
            pull=np.where(fresh[:, None], anchor, past.pull),
        )

    def _believe(self, learnt: Memory, tracks: SystemTracks) -> recursion.Belief:
        return recursion.believe(
            learnt.mean,
            learnt.span,
            tracks.rcs_dbsm,
            tracks.doppler_spread_m_s,
            tracks.hits,
            tracks.address >= 0,
            identity.filed(tracks.address, self.plan.traffic.civil_addresses),
            tracks.friend != 0,
            self.model,
        )

    def _falling(self, tracks: SystemTracks, alone: Floats, moved: Floats) -> Flags:
        """Tell what comes down by itself: what falls, and what will, but is under power yet.

        While a motor burns no fall explains the plots, so that the tracker holds the law of flight
        in the air; what climbs and is of a ballistic class flies at no asset for all that. What
        glides comes down where it likes.
        """
        family = self.model.family
        rising = alone[:, :-1] @ (family == Family.BALLISTIC) >= identity.LIKELY
        rising &= moved[:, motion.CLIMB] > 0.0
        gliding = alone[:, :-1] @ (family == Family.GLIDE) >= identity.LIKELY
        return np.asarray(((tracks.ballistic != 0) | rising) & ~gliding)

    def _not_civil(self, known: Memory, view: _View, new: Flags) -> Memory:
        """Count the looks in a row that show what no civil flight does."""
        moved, tracks, most = view.motion, view.tracks, identity.NOT_CIVIL_LOOKS
        beyond = identity.beyond_civil(
            moved[:, motion.HEIGHT],
            moved[:, motion.GROUND_SPEED],
            moved[:, motion.HEIGHT_SIGMA],
            moved[:, motion.SPEED_SIGMA],
        )
        small = identity.too_small(tracks.rcs_dbsm, tracks.hits)

        def counted(before: Codes, holds: Flags) -> Codes:
            after = np.where(holds, np.minimum(before + 1, most), 0)
            return np.where(new, after, before).astype(np.int8)

        return msgspec.structs.replace(
            known, beyond=counted(known.beyond, beyond), small=counted(known.small, small)
        )

    def share(self, pmf: Floats, falling: Flags) -> Floats:
        """Probabilities of real classes whose family agrees with the tracker: what would hit."""
        agrees = (self.model.family == Family.BALLISTIC)[None, :] == falling[:, None]
        score = pmf[:, :-1] * np.where(agrees, 1.0, 1e-9) * np.where(self.model.decoy, 1e-6, 1.0)
        return np.asarray(score / score.sum(axis=1, keepdims=True))

    def _impacts(self, past: Memory, view: _View, covariance: Floats) -> Memory:
        """Predict the impacts that are due: the flights are the hot spot of this room."""
        tracks, now = view.tracks, view.now
        drag_changed = (past.inv_beta != view.inv_beta) & ~view.measured
        plotted = tracks.updated_at > past.impact_from
        to_go = np.where(past.impact_at > 0, (past.impact_at - now) * 1e-9, 0.0)
        climbing = view.motion[:, motion.CLIMB] > 0.0
        gain = view.motion[:, motion.ENERGY_SPEED] / np.maximum(past.energy_speed, 1.0)
        boosting = climbing & plotted & (gain > _BOOST_GAIN)
        soon = (tracks.hits <= _NEW_HITS) | (to_go < _LAST_SECONDS) | boosting
        due = plotted & (soon | (tracks.updated_at - past.impact_from >= _CALM_NS))
        ready = tracks.hits >= np.where(climbing, _BOOST_HITS, _FIRST_HITS)
        wanted = view.falling & ready & (due | drag_changed)
        rows = np.flatnonzero(wanted & ~view.measured)

        age = (now - past.derived_at) * 1e-9
        stale = (past.derived_at < 0) | drag_changed
        stale |= age > np.maximum(_DERIVE_SHARE * to_go, _DERIVE_S)
        out, jacobian = past.impact.copy(), past.jacobian.copy()
        impact.predict_impacts(
            rows,
            tracks.state,
            covariance,
            view.inv_beta,
            self._beta_sigma[view.body],
            stale.astype(np.int8),
            jacobian,
            out,
        )
        out[rows[boosting[rows]], impact.EE :] *= _BOOST_VARIANCE
        told = np.flatnonzero(wanted & view.measured)
        out[told] = of_tracks.landings(told, tracks, covariance)
        rows = np.flatnonzero(wanted)
        out[rows] = self._widened(out[rows], view.reach[rows], view.motion[rows])
        out[~view.falling] = np.nan
        at, source, derived = past.impact_at.copy(), past.impact_from.copy(), past.derived_at.copy()
        seconds = out[rows, impact.TIME]
        flight = np.rint(np.where(np.isnan(seconds), 0.0, seconds) * 1e9).astype(np.int64)
        falls = np.isfinite(out[rows, impact.LAT])
        at[rows] = np.where(falls, tracks.header.valid_at + flight, 0)
        at[~view.falling] = 0
        source[rows] = tracks.updated_at[rows]
        derived[rows[stale[rows]]] = now
        return msgspec.structs.replace(
            past,
            impact=out,
            impact_at=at,
            impact_from=source,
            derived_at=derived,
            jacobian=jacobian,
            inv_beta=view.inv_beta,
        )

    def _widened(self, found: Floats, reach: Floats, moved: Floats) -> Floats:
        """Add to impacts what quasi-ballistic classes may still do."""
        book = self.plan.threats
        extra = weaving.widening(
            reach, book.manoeuvre, book.manoeuvre_below, moved, found[:, impact.TIME]
        )
        found[:, impact.EE] += extra
        found[:, impact.EE + 2] += extra
        return found

    def _risks(self, known: Memory, view: _View) -> tuple[Floats, _Likely]:
        """Risks, shape (n, 6): the columns of risk.py, zero where nothing is predicted."""
        threats, assets, tracks = self.plan.threats, self.plan.assets, view.tracks
        out = np.zeros((len(tracks), 6))
        out[:, risk.ASSET] = -1.0
        harm = np.stack([threats.damage_radius, threats.damage_fraction, threats.cep], axis=1)
        damage = view.share @ harm
        course = np.stack(
            [
                view.motion[:, motion.GROUND_SPEED],
                view.motion[:, motion.SPEED_SIGMA],
                (view.now - tracks.first_at) * 1e-9,
                view.reach @ threats.range,
            ],
            axis=1,
        )
        named = np.full((len(tracks), risk.LIKELY), -1, np.int32)
        likely = _Likely(named, np.zeros((*named.shape, 2)))
        where = (assets.ecef, assets.radius, assets.value)
        fallers = np.flatnonzero(view.falling & np.isfinite(known.impact[:, impact.LAT]))
        risk.ballistic_risk(fallers, known.impact, damage, *where, out, *likely)
        levels = np.flatnonzero(~view.falling)
        risk.level_risk(levels, tracks.state, course, damage, *where, out, *likely)
        return out, likely

    def _identities(self, known: Memory, risks: Floats, view: _View) -> tuple[Codes, Codes]:
        """Apply the rules of identity.py to each track by itself: no other track plays a part."""
        tracks, family, traffic = view.tracks, self.model.family, self.plan.traffic
        falls = view.alone[:, :-1] @ (family == Family.BALLISTIC)
        crewed = view.alone[:, :-1] @ (family == Family.AIRCRAFT)
        uncrewed = 1.0 - falls - crewed - view.alone[:, -1]
        beyond = known.beyond >= identity.NOT_CIVIL_LOOKS
        silent = (tracks.address < 0) & ~view.falling
        heads = silent & (risks[:, risk.TOWARDS] >= _TOWARDS)
        comes_down = view.falling.copy()
        comes_down[view.falling] = self._inbound(
            known.impact[view.falling], tracks.state[view.falling]
        )
        sure = (tracks.hits >= identity.FALLING_HITS) & (falls >= identity.LIKELY)
        civil = view.belief.pmf @ self.model.civil
        pulled = known.span[:, ACCELERATION] > 0.0
        sure &= (known.beyond > 0) | (pulled & (civil < identity.CIVIL_LIMIT))
        enough = tracks.hits >= identity.SILENT_HITS
        where = (traffic.corridors, tracks.state, view.motion[:, motion.HEIGHT])
        shown = identity.Shown(
            civil=identity.filed(tracks.address, traffic.civil_addresses),
            friend=tracks.friend != 0,
            falls=comes_down & sure,
            comes_down=comes_down,
            weapon_like=heads & ((uncrewed >= identity.LIKELY) | beyond),
            inbound=heads & enough,
            silent_hits=enough,
            beyond=beyond,
            small=known.small >= identity.NOT_CIVIL_LOOKS,
            corridor=identity.along(*where, own=False),
            own_corridor=identity.along(*where, own=True),
        )
        return identity.identify(known.identity, known.because, shown)

    def _inbound(self, predicted: Floats, state: Floats) -> Flags:
        """Tell which tracks come down near an asset, or nearer to one than they are now."""
        point = geodetic_to_ecef(predicted[:, impact.LAT], predicted[:, impact.LON], 0.0)
        then, here = self._nearest(point), self._nearest(state[:, :3])
        return np.asarray((then < here) | (then < _INBOUND_M))

    def _nearest(self, ecef: Floats) -> Floats:
        offset = ecef[:, None, :] - self.plan.assets.ecef[None, :, :]
        return np.asarray(np.sqrt((offset * offset).sum(axis=2)).min(axis=1))

    def _threats(self, memory: Memory, risks: Floats, likely: _Likely, view: _View) -> Threats:
        """Put the columns of the message together."""
        assets, doctrine = self.plan.assets, self.plan.doctrine
        ours = _OURS[memory.identity]
        asset = np.where(ours, -1, risks[:, risk.ASSET]).astype(np.int32)
        aimed = ~view.falling & (asset >= 0)
        at = memory.impact_at.copy()
        to_asset = np.rint(risks[aimed, risk.TIME] * 1e9).astype(np.int64)
        at[aimed] = view.tracks.header.valid_at + to_asset
        lat, lon = memory.impact[:, impact.LAT].copy(), memory.impact[:, impact.LON].copy()
        spread = memory.impact[:, impact.EE :].copy()
        lat[aimed], lon[aimed] = assets.lat[asset[aimed]], assets.lon[asset[aimed]]
        spread[aimed] = assets.radius[asset[aimed], None] ** 2 * np.array([1.0, 0.0, 1.0])

        decoy = np.clip(view.pmf[:, :-1] @ self.model.decoy, *DECOY_LIMITS)
        over = ours | view.broken | ((at > 0) & (at < view.now - OVERDUE_S * 1e9))
        stake = (1.0 - decoy) * np.where(view.falling, 1.0, 1.0 - view.pmf[:, -1])
        stake = np.where(over, 0.0, stake)
        value = risks[:, risk.LOSS] * stake
        to_go = np.maximum((at - view.now) * 1e-9, 0.0)
        semi_axis = np.sqrt(spread[:, 0] + spread[:, 2])  # nan is below no limit
        # A motor that burns carries farther than any point that is predicted now.
        harmless = view.falling & (view.tracks.ballistic != 0)
        harmless &= risks[:, risk.CAUTIOUS_LOSS] < doctrine.harmless_below_value
        harmless &= (semi_axis < TIGHT_M) & (view.tracks.hits >= identity.FALLING_HITS)
        leading = self._leading(view.pmf)
        alone = recursion.message_pmf(view.belief, self.model)
        told = np.where(view.broken[:, None], alone, view.pmf)
        rival, evidence = recursion.rivals(view.belief, told, leading, self.model)
        civil = view.belief.pmf @ self.model.civil * (view.pmf[:, -1] / alone[:, -1])
        family = self.model.family[np.where(leading >= 0, leading, view.body)]
        return Threats(
            header=Header("threat", memory.said, view.now, view.now),
            track_number=view.tracks.track_number,
            identity=memory.identity,
            threat_class=leading,
            class_probability=view.pmf.astype(np.float32),
            family=family,
            inv_beta=view.inv_beta,
            impact_lat=lat,
            impact_lon=lon,
            impact_at=at,
            impact_covariance=spread.astype(np.float32),
            asset=asset,
            hit_probability=np.where(over, 0.0, risks[:, risk.HIT]).astype(np.float32),
            value_at_risk=value,
            decoy_probability=decoy.astype(np.float32),
            likely_asset=np.where(stake[:, None] > 0.0, likely.named, -1).astype(np.int32),
            likely_hit=(likely.parts[:, :, risk.HITS] * (stake > 0.0)[:, None]).astype(np.float32),
            likely_loss=likely.parts[:, :, risk.LOSSES] * stake[:, None],
            group=groups.leaders(view.tracks, ~over),
            priority=value / (1.0 + to_go / URGENCY_S),
            harmless=((harmless | view.broken) & ~ours).astype(np.int8),
            because=memory.because,
            civil_probability=np.where(view.broken, 0.0, civil).astype(np.float32),
            rival=rival,
            evidence=evidence.astype(np.float32),
        )

    def _leading(self, pmf: Floats) -> Ints:
        """Most probable class, -1 for none of these; a tie of a decoy and a real one is real."""
        bias = np.append(np.where(self.model.decoy, 1.0 - 1e-6, 1.0), 1.0)
        best = (pmf * bias).argmax(axis=1)
        return np.where(best == len(self.plan.threats.names), -1, best).astype(np.int32)
