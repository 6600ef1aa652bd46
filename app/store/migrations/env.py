"""Run by alembic; the connection comes from `schema.upgrade`, already inside its transaction."""

from alembic import context

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=None,
    version_table=attributes["version_table"],
    transactional_ddl=True,
)
context.run_migrations()
