"""Pages that belong to the console itself; the pages of the plant are in `widgets`."""
