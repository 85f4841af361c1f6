"""Alembic's entry: runs the revisions on the connection and in the transaction that the caller holds."""

from alembic import context

from qa_pipeline.storage.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
