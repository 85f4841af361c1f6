"""From transcript and measurements to a call."""
