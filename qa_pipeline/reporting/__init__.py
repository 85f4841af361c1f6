"""From scorecards to the figures of a report: statistics, roll-up, and what may be said of a difference."""
