"""`hazwatch demo`: the demo plant, a station and a console as three processes on loopback."""
