"""Accounts on the screen: the list with what the three administrators may do, and everybody's own password."""
