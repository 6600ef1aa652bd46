"""The alarm desk's widgets: queue, table, banner, horn. They show `AlarmMsg`s and say what the operator wants."""
