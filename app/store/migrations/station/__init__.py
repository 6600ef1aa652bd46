"""Layouts of the station database."""
