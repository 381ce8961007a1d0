"""The report of a study: one HTML file that needs nothing else, computed from its table alone."""
