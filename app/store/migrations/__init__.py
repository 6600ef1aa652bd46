"""The ways from one database layout to the next, run by `schema.upgrade` when a store is opened.

A change of `tables.py` comes with a new file in `station/` or `history/`; a released file is never edited.
"""
