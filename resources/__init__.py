"""Icons, sounds, translations, the demo plant: data, no logic."""
