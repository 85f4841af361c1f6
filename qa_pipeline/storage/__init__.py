"""Database and artifacts: what is done, and what need not be done again."""
