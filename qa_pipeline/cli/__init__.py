"""The command ``qa``, one file a noun."""
