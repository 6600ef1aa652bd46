"""Trends: live and history of several tags, limits as bands, gaps as gaps. Import costs pyqtgraph: late, on first use."""
