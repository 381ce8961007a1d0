"""Scenario authoring: new files from templates, edits that keep comments, raids from a phrase.

Texts in, texts out; only ``tdome.app.scenario`` writes files. Raids are given by composition, axes
and timing only: nothing here looks at the defence, and nothing is optimised.
"""
