"""The table of shops at `/shops/`: filters, sums, peers, saved views and exports."""
