"""The peer: Stone Soup, in an environment of its own."""
