"""Running a study: rounds of chunks over workers, parts on disk, a manifest, and resuming."""
