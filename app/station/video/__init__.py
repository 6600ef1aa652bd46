"""Video at the station: rings of alarm cameras, clips as evidence, spans from recorders, clocks, cases, spot checks."""
