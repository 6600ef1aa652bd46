"""Live pictures of cameras: one pane, the wall of panes, and the time line of recordings. Console side; decodes nothing."""
