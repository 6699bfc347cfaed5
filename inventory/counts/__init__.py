"""Stock counted at visits, and what is collected by hand: missing shop-days, information points."""
