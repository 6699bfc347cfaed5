"""The pages around the visits: the month's plan, the day's schedule, the meeting, the bag."""
