"""Association for dense raids: marginal probabilities, labelled mixtures, merged plots."""
