"""The rules of the field, pure: no clock, no files, no asyncio, no Qt, no SQL. `now` is always an argument."""
