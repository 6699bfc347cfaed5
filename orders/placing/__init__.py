"""Before and after an order: mock orders, whom to call today and why, orders that were rescued."""
