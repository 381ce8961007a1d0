"""Every datum that crosses a wall: frozen, columnar, SI, two times."""
