"""What holders were told of sessions, their invitations, and who wants which mail.

Revision: 0004, after 0003. Compatible with the running version.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '4s'")
    with op.batch_alter_table('holder', schema=None) as batch_op:
        batch_op.add_column(sa.Column('change_mail', sa.Boolean(), nullable=False, server_default='1'))
    with op.batch_alter_table('mail_message', schema=None) as batch_op:
        batch_op.add_column(sa.Column('stop_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('invitation_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('session_id', sa.Uuid(), nullable=True))
        batch_op.create_index('ix_mail_message_session', ['organizer_id', 'session_id', 'recipient'], unique=False, sqlite_where=sa.text('session_id IS NOT NULL'), postgresql_where=sa.text('session_id IS NOT NULL'))
    op.create_table('invitation',
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('holder_id', sa.Uuid(), nullable=False),
    sa.Column('session_id', sa.Uuid(), nullable=False),
    sa.Column('email', sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
    sa.Column('said', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('stamped_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('shown', sa.Integer(), nullable=False),
    sa.Column('ended_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.CheckConstraint("said IN ('','REQUEST','CANCEL')", name=op.f('ck_invitation_said')),
    sa.ForeignKeyConstraint(['organizer_id', 'holder_id'], ['holder.organizer_id', 'holder.id'], name=op.f('fk_invitation_organizer_id_holder_id_holder')),
    sa.ForeignKeyConstraint(['organizer_id', 'session_id'], ['session.organizer_id', 'session.id'], name=op.f('fk_invitation_organizer_id_session_id_session')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_invitation_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'id', name=op.f('pk_invitation')),
    sa.UniqueConstraint('organizer_id', 'session_id', 'email', name=op.f('uq_invitation_organizer_id_session_id_email'))
    )
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.create_index('ix_invitation_holder', ['organizer_id', 'holder_id'], unique=False)

    op.create_table('session_news',
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('session_id', sa.Uuid(), nullable=False),
    sa.Column('starts_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('ends_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('location', sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('latest', sa.Integer(), nullable=False),
    sa.Column('unsaid', sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
    sa.ForeignKeyConstraint(['organizer_id', 'session_id'], ['session.organizer_id', 'session.id'], name=op.f('fk_session_news_organizer_id_session_id_session')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_session_news_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'session_id', name=op.f('pk_session_news'))
    )
    op.create_table('invitation_message',
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('invitation_id', sa.Uuid(), nullable=False),
    sa.Column('method', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.CheckConstraint("method IN ('REQUEST','CANCEL')", name=op.f('ck_invitation_message_method')),
    sa.ForeignKeyConstraint(['organizer_id', 'invitation_id'], ['invitation.organizer_id', 'invitation.id'], name=op.f('fk_invitation_message_organizer_id_invitation_id_invitation')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_invitation_message_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'id', name=op.f('pk_invitation_message')),
    sa.UniqueConstraint('organizer_id', 'invitation_id', 'sequence', name=op.f('uq_invitation_message_organizer_id_invitation_id_sequence'))
    )


def downgrade() -> None:
    op.drop_table('invitation_message')
    op.drop_table('session_news')
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.drop_index('ix_invitation_holder')

    op.drop_table('invitation')
    with op.batch_alter_table('mail_message', schema=None) as batch_op:
        batch_op.drop_index('ix_mail_message_session')
    # Not in a batch: SQLite would build the table anew, and others refer to it.
    for name in ('session_id', 'invitation_id', 'stop_id'):
        op.drop_column('mail_message', name)
    op.drop_column('holder', 'change_mail')
