"""How well tracks agree with truth, in columns: OSPA, GOSPA, SIAP, NEES and NIS."""
