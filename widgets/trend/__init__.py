"""Trends: live and history of several tags, limits as bands, gaps as gaps. Console side."""
