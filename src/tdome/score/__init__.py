"""The judge: journal against truth.

Reads what was said and what was so; never the mind of command.
"""
