"""The validation record: our cases against published claims and closed forms, misses as plainly as hits."""
