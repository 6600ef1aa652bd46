"""The plant picture (平面图): canvas, its items, the faceplate and the page that joins them. Console side."""
