"""Telephone numbers, identity numbers, names, amounts and the like in what one role said."""
