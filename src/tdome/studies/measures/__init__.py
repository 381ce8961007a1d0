"""What is measured of one replicate: flat names, their units and meaning, and their values."""
