"""The administrator's desk: files that come in, and the runs that work on them."""
