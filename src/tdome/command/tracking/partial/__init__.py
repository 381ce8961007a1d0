"""Reports that are no whole plots: they feed or name tracks that stand, and begin none."""
