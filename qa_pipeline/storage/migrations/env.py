"""Alembic's entry: runs the revisions on the connection and in the transaction that the caller holds."""

from alembic import context

from qa_pipeline.storage import schema

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=schema.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
