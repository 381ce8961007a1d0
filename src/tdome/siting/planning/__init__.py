"""From a plan and given raids to the models and back: demand, sites, forces, proposals, checks."""
