"""Where falling tracks come down: long flights, covariance by the adjoint, coarse origins.

``flight`` flies to the ground in long steps, ``prediction`` gives point, time and covariance of
tracks whose filter estimates the drag, ``origin`` counts where a raid comes from by sectors. The
evaluator ``kinematic-v1`` still uses ``command.threat.impact``: drag from the class.
Method and figures: docs/concepts/tracking/impact.md.
"""
