"""Table B: claims of the Ukrainian Air Force by kind of weapon, their rates and their spread."""
