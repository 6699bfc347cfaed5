"""The arithmetic of the plan: plain values in, a plan and its reasons out. No database."""
