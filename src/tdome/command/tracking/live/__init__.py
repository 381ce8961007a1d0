"""The tracker core behind the chain's contract: core-imm-v1, jpda-v1, lmb-v1.

One core, two doors: ``tdome track`` hands it recordings, the chain hands it messages through
:mod:`.tracker`.
"""
