"""The account manager's page on the phone: what the server hands out for it. The page itself is
frontend/src/visit/; it speaks with the API of customers.visits and nothing else."""
