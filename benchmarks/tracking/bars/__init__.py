"""The bars of issue 4, one file each; every `rows()` runs both tools where there are two."""
