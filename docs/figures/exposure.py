"""The shelter curve by day and night, and people present by hour."""

import matplotlib.pyplot as plt
import numpy as np
from house import save

from tdome.score.exposure import presence, sheltered_share

figure, (one, other) = plt.subplots(1, 2)
leads = np.linspace(0.0, 300.0, 301)
for label, hour, shelters in (
    ("day, all have a shelter", 14.0, 1.0),
    ("night, all have a shelter", 2.0, 1.0),
    ("day, 80 % (default)", 14.0, 0.8),
):
    one.plot(leads, [sheltered_share(float(lead), hour, shelters) for lead in leads], label=label)
for lead in (15, 30, 45, 60, 90):
    one.axvline(lead, color="black", linewidth=0.5, alpha=0.4)
one.set_xlabel("s from alert to impact (lines: 15-90 s, domain.md 4.7)")
one.set_ylabel("share of people in a shelter")
one.set_ylim(0.0, 1.02)
one.legend()
hours = np.linspace(0.0, 24.0, 97)
other.plot(hours, [presence(float(hour)) for hour in hours])
other.set_xlabel("local solar hour")
other.set_ylabel("people present over residents")
other.set_ylim(0.0, 1.5)
save(figure, "exposure")
