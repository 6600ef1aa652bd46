"""The shift on the screen (交接班): what is on now, the sheet, the roster, the signatures. Console side; knows app.domain."""
