"""What a station keeps: journal, alarm states, samples, accounts, configuration, secrets. SQLAlchemy lives here and nowhere
else.
"""

from app.store.backup import restore_backup
from app.store.opening import open_store

__all__ = ["open_store", "restore_backup"]
