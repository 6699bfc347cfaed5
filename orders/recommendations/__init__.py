"""Which products to introduce in a shop, and why; what was introduced and how it was taken."""
