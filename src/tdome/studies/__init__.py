"""Studies: from STUDY.toml to a finished table of replicates, and to a report with intervals.

``design`` turns the file into points (plan and scenario each), ``engines`` runs the replicates of
a point, ``running`` spreads them over processes or a cluster and keeps what is done, ``measures``
says what is measured in a run, ``estimators`` make intervals of it, ``report`` is what people read.
``validation`` holds our cases against what is publicly claimed.
``tdome.studies.api.study`` is the verb.
"""
