"""What WE declare: order of battle, defended assets, zones, doctrine.

The performance that we believe in.
"""
