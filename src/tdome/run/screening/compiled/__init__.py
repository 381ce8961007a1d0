"""What replicates share: objects, paths, looks and windows of a scenario, in tables."""
