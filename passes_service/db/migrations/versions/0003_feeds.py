"""Feeds: a copy per link with counters of its own, options of links, more about sessions.

Revision: 0003, after 0002. Stored feeds are a cache and are rendered anew.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '4s'")
    op.alter_column('holder', 'passes_version', new_column_name='feed_version')
    with op.batch_alter_table('feed_link', schema=None) as batch_op:
        batch_op.add_column(sa.Column('language', sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('reminders', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('deadlines', sa.Boolean(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('last_app', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False, server_default=''))
    with op.batch_alter_table('calendar', schema=None) as batch_op:
        batch_op.add_column(sa.Column('color', sqlmodel.sql.sqltypes.AutoString(length=30), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('image_url', sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('public', sa.Boolean(), nullable=False, server_default='0'))
    with op.batch_alter_table('session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('latitude', sa.Float(), nullable=True))
        batch_op.add_column(sa.Column('longitude', sa.Float(), nullable=True))
        batch_op.add_column(sa.Column('categories', sa.Text(), nullable=False, server_default='[]'))
        batch_op.add_column(sa.Column('texts', sa.Text(), nullable=False, server_default='{}'))
    op.drop_table('feed_copy')
    op.create_table('feed_copy',
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('link_id', sa.Uuid(), nullable=False),
    sa.Column('rendered_from', sa.Integer(), nullable=False),
    sa.Column('fresh_until', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('changed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('etag', sqlmodel.sql.sqltypes.AutoString(length=70), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('marks', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['organizer_id', 'link_id'], ['feed_link.organizer_id', 'feed_link.id'], name=op.f('fk_feed_copy_feed_link')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_feed_copy_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'link_id', name=op.f('pk_feed_copy'))
    )


def downgrade() -> None:
    op.drop_table('feed_copy')
    op.create_table('feed_copy',
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('holder_id', sa.Uuid(), nullable=False),
    sa.Column('uid', sa.Uuid(), nullable=False),
    sa.Column('rendered_from', sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
    sa.Column('fresh_until', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('etag', sqlmodel.sql.sqltypes.AutoString(length=70), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['organizer_id', 'holder_id'], ['holder.organizer_id', 'holder.id']),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id']),
    sa.PrimaryKeyConstraint('organizer_id', 'holder_id', name=op.f('pk_feed_copy')),
    sa.UniqueConstraint('organizer_id', 'uid')
    )
    for table, names in (
        ('session', ('latitude', 'longitude', 'categories', 'texts')),
        ('calendar', ('color', 'image_url', 'public')),
        ('feed_link', ('language', 'reminders', 'deadlines', 'last_app')),
    ):
        for name in names:  # not in a batch: SQLite would build the table anew, others refer to it
            op.drop_column(table, name)
    op.alter_column('holder', 'feed_version', new_column_name='passes_version')
