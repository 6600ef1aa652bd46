"""Field protocols. A driver is one coroutine; it knows `app.domain`, nothing of alarms, Qt or storage, and cannot write."""
