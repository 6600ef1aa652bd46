"""`python -m app` is `hazwatch`."""

from app.cli import main

raise SystemExit(main())
