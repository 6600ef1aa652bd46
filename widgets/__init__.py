"""Qt pictures of domain values. They know `app.domain`; nothing of station, store, HTTP or drivers. Console side."""
