"""What flies: launches, paths by law of motion, and the table of bodies."""
