"""Write the report of a study folder."""

from pathlib import Path

import numpy as np

from tdome.messages.base import Longs
from tdome.studies.report import sections
from tdome.studies.report.assumptions import assumptions
from tdome.studies.report.doubts import doubts
from tdome.studies.report.drivers import drivers, indices, levels, point_means
from tdome.studies.report.folder import StudyFolder, read_folder
from tdome.studies.report.page import page, text
from tdome.studies.report.summary import saved, spread

MOST_POINTS = 24
_MOST_SAVED = 3  # measures for which factors saved are told
_MOST_DRIVEN = 4  # measures for which Sobol indices are told


def write_report(folder: Path) -> Path:
    """Write ``report.html`` into a study folder and return its path.

    Raises ConfigError where the folder is not whole.
    """
    study = read_folder(folder)
    first = study.measures[0]
    points = _shown(study, first)
    spreads = [spread(study, measure, p) for measure in study.measures for p in points.tolist()]
    strengths, r_squared = drivers(study, first)
    factors = [
        saved(study, measure, p, study.reference)
        for measure in study.measures[:_MOST_SAVED]
        for p in points.tolist()
        if np.isfinite(study.values(measure, p)).any()
    ]
    numbers = assumptions(folder, study.file)
    told = not study.factors or any(one.share >= 0.0 for one in strengths)
    shares = {
        measure: indices(study, measure)
        for measure in study.measures[:_MOST_DRIVEN]
        if study.design == "saltelli"
    }
    driving = sections.indices(study, shares)
    driving += sections.driving(strengths, r_squared, levels(study, first), first)
    results = sections.results(study, spreads) + sections.rare(study)
    whole = page(
        str(study.file.get("name", folder.name)),
        [
            ("Question", sections.question(study)),
            ("Read this first", sections.warnings(doubts(study, spreads, numbers, told))),
            ("Results", _left_out(study, points, first) + results),
            ("Money and value", sections.exchange(study, spreads) + sections.mixes(study, points)),
            ("What drives the result", driving),
            ("Comparisons, and what methods saved", sections.methods(study, factors)),
            ("Design", sections.design(study)),
            ("Assumptions", sections.prices(study) + sections.assumed(numbers)),
            ("How to reproduce", sections.again(study)),
        ],
    )
    path = folder / "report.html"
    path.write_text(whole, "utf-8")
    return path


def _shown(study: StudyFolder, measure: str) -> Longs:
    """Return the points that tables show: all, or the first one and both ends by the mean."""
    n = len(study.labels)
    if n <= MOST_POINTS:
        return np.arange(n)
    order = np.argsort(point_means(study, measure), kind="stable")
    half = (MOST_POINTS - 1) // 2
    return np.array(list(dict.fromkeys([0, *order[:half].tolist(), *order[-half:].tolist()])))


def _left_out(study: StudyFolder, points: Longs, measure: str) -> str:
    if len(points) == len(study.labels):
        return ""
    return (
        f"<p>{len(points)} of {len(study.labels)} points are shown: the first one, and those with "
        f"the lowest and the highest mean of {text(measure)}, chosen after the fact: the best of "
        "many looks better than it is. All are in table.parquet.</p>"
    )
