"""Pictures of how the system itself runs. They show what the station measured."""
