"""HazWatch (危源值守): the brain and the two programs, station and console."""

__version__ = "0.1.0"
