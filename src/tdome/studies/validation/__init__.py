"""The validation record: cases against public claims and closed forms, misses and all."""
