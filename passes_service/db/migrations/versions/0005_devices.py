"""Devices that passes are bound to.

Revision: 0005, after 0004. Compatible with the running version.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table('pass_device',
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('pass_row_id', sa.Uuid(), nullable=False),
    sa.Column('holder_id', sa.Uuid(), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('label', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.CheckConstraint('length(public_key) = 65', name=op.f('ck_pass_device_public_key')),
    sa.ForeignKeyConstraint(['organizer_id', 'holder_id'], ['holder.organizer_id', 'holder.id'], name=op.f('fk_pass_device_organizer_id_holder_id_holder')),
    sa.ForeignKeyConstraint(['organizer_id', 'pass_row_id'], ['pass.organizer_id', 'pass.id'], name=op.f('fk_pass_device_organizer_id_pass_row_id_pass')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_pass_device_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'id', name=op.f('pk_pass_device')),
    sa.UniqueConstraint('organizer_id', 'pass_row_id', 'epoch', name=op.f('uq_pass_device_organizer_id_pass_row_id_epoch'))
    )


def downgrade() -> None:
    op.drop_table('pass_device')
