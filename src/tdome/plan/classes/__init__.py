"""The catalogue's generic classes, a file for each kind: keys and their physical bounds."""
