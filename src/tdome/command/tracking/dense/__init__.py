"""Labelled mixtures for dense raids: several hypotheses a track, merged plots."""
