"""What runs the replicates of a design point; see :mod:`tdome.studies.engines.base`."""
