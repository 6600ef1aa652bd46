"""Layouts of the history database."""
