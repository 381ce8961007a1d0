"""Association for dense raids: marginal probabilities, labelled mixtures, merged plots."""

# The core comes first: its fold takes in our stage of JPDA, while all else here stands on the core.
import tdome.command.tracking.engine  # noqa: F401
