"""The alarm card: everything about one alarm on one page. Console side; knows app.domain only."""
