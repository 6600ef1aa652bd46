"""The demo plant: a small chemical works with physics and scripted upsets, served over real protocols. No part of a station."""
