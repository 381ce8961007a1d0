"""THE TRUTH SIDE: bodies, sensors, effectors, links, referee. Decisions never see this room."""
