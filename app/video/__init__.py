"""Pictures of cameras: sources of encoded packets, live decoding, ring, clips, clock of a camera (PyAV; no Qt, no station)."""
