"""Around the visits: reports, tomorrow's customers, single care, and the supervisor's desk.

Here the visits meet the figures, which lie above them.
"""
