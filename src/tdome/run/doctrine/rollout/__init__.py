"""The policy ``rollout``: the price book, bettered at each look by simulating what it leads to.

A base policy (:mod:`tdome.run.doctrine.book`), some other actions beside its own (`candidates`),
the rest of the wave simulated under the base for each of them with the same luck (`improve`), and
the book's cost to go for all later waves. Bertsekas, Tsitsiklis and Wu 1997, "Rollout algorithms
for combinatorial optimization", Journal of Heuristics 3; Bertsekas and Castanon 1999, "Rollout
algorithms for stochastic scheduling problems", Journal of Heuristics 5(1).
"""
