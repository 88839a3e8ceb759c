"""Block contracts against spot purchasing: the problem, its exact costing, and how it is solved and explained."""
