"""Pictures of the figures of the alarm system. They show what the station counted and say what the person wants."""
