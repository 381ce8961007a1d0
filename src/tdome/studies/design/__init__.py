"""From STUDY.toml to design points: what is varied, where in the inputs, and in what design."""
