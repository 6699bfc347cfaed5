"""How a quota is reckoned from cleaned sales. A new method: a module here and one line in METHODS.

A method is a function `estimate(evidence, cleaned, rules) -> Estimate`.
"""

from orders.quotas.methods import level, mean

METHODS = {"mean": mean.estimate, "level": level.estimate}
BY_PEERS = {"mean": mean.by_peers, "level": level.by_peers}
