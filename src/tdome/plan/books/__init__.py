"""The plan in SI columns, a file for each book.

The same builders make the world's true books from the same sites and another catalogue (other
parameters). Angles rad, lengths m, times s, positions ECEF WGS-84.
"""
