"""Reports that are no whole plots: they feed or name tracks that stand, or meet in a place."""
