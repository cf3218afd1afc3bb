"""What gates take with them and bring back: keys, bundles, logs, reserved passes.

Revision: 0006, after 0005. Compatible with the running version.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table('gate_entry',
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('gate_id', sa.Uuid(), nullable=False),
    sa.Column('session_id', sa.Uuid(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('previous', sa.LargeBinary(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('signature', sa.LargeBinary(), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
    sa.Column('detail', sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
    sa.Column('scan_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("state IN ('merged','forked','quarantined','refused')", name=op.f('ck_gate_entry_state')),
    sa.CheckConstraint('sequence > 0', name=op.f('ck_gate_entry_sequence')),
    sa.ForeignKeyConstraint(['organizer_id', 'gate_id'], ['gate.organizer_id', 'gate.id'], name=op.f('fk_gate_entry_organizer_id_gate_id_gate')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_gate_entry_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'id', name=op.f('pk_gate_entry')),
    sa.UniqueConstraint('organizer_id', 'gate_id', 'sequence', 'digest', name=op.f('uq_gate_entry_organizer_id_gate_id_sequence_digest'))
    )
    with op.batch_alter_table('gate_entry', schema=None) as batch_op:
        batch_op.create_index('ix_gate_entry_session', ['organizer_id', 'session_id', 'gate_id', 'sequence'], unique=False)

    op.create_table('door_bundle',
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('session_id', sa.Uuid(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('not_after', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('previous', sa.LargeBinary(), nullable=False),
    sa.Column('chain', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.LargeBinary(), nullable=False),
    sa.Column('full', sa.LargeBinary(), nullable=True),
    sa.Column('delta', sa.LargeBinary(), nullable=True),
    sa.CheckConstraint('sequence > 0', name=op.f('ck_door_bundle_sequence')),
    sa.ForeignKeyConstraint(['organizer_id', 'session_id'], ['session.organizer_id', 'session.id'], name=op.f('fk_door_bundle_organizer_id_session_id_session')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_door_bundle_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'id', name=op.f('pk_door_bundle')),
    sa.UniqueConstraint('organizer_id', 'session_id', 'sequence', name=op.f('uq_door_bundle_organizer_id_session_id_sequence'))
    )
    op.create_table('reserved_pass',
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('block_id', sa.Uuid(), nullable=False),
    sa.Column('series_id', sa.Uuid(), nullable=False),
    sa.Column('serial', sa.Integer(), nullable=False),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('gate_id', sa.Uuid(), nullable=False),
    sa.Column('session_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('hand_out_until', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('expires_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('pass_row_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("state IN ('reserved','handed','returned','reissued')", name=op.f('ck_reserved_pass_state')),
    sa.ForeignKeyConstraint(['organizer_id', 'gate_id'], ['gate.organizer_id', 'gate.id'], name=op.f('fk_reserved_pass_organizer_id_gate_id_gate')),
    sa.ForeignKeyConstraint(['organizer_id', 'series_id'], ['series.organizer_id', 'series.id'], name=op.f('fk_reserved_pass_organizer_id_series_id_series')),
    sa.ForeignKeyConstraint(['organizer_id', 'session_id'], ['session.organizer_id', 'session.id'], name=op.f('fk_reserved_pass_organizer_id_session_id_session')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_reserved_pass_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'id', name=op.f('pk_reserved_pass')),
    sa.UniqueConstraint('organizer_id', 'series_id', 'serial', 'epoch', name=op.f('uq_reserved_pass_organizer_id_series_id_serial_epoch'))
    )
    with op.batch_alter_table('reserved_pass', schema=None) as batch_op:
        batch_op.create_index('ix_reserved_pass_due', ['organizer_id', 'state', 'expires_at'], unique=False)
        batch_op.create_index('ix_reserved_pass_session', ['organizer_id', 'session_id'], unique=False)

    with op.batch_alter_table('series', schema=None) as batch_op:
        batch_op.add_column(sa.Column('returned', sa.Integer(), server_default='0', nullable=False))
    with op.batch_alter_table('check_in', schema=None) as batch_op:
        batch_op.add_column(sa.Column('via', sqlmodel.sql.sqltypes.AutoString(length=8), server_default='online', nullable=False))
        batch_op.add_column(sa.Column('sequence', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('received_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column('conflict_code', sqlmodel.sql.sqltypes.AutoString(length=24), server_default='', nullable=False))
        batch_op.add_column(sa.Column('conflict_of', sa.Uuid(), nullable=True))
    _counted_entries("annulled_at IS NULL AND conflict_code = ''")

    with op.batch_alter_table('gate', schema=None) as batch_op:
        batch_op.add_column(sa.Column('link_digest', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('public_key', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('agreement_key', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('enrolled_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column('may_search_names', sa.Boolean(), server_default='0', nullable=False))
        batch_op.create_index('uq_gate_link', ['organizer_id', 'link_digest'], unique=True)

    with op.batch_alter_table('scan', schema=None) as batch_op:
        batch_op.add_column(sa.Column('scope', sqlmodel.sql.sqltypes.AutoString(length=48), server_default='', nullable=False))
        batch_op.add_column(sa.Column('epoch', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('made_at', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('via', sqlmodel.sql.sqltypes.AutoString(length=8), server_default='online', nullable=False))
        batch_op.add_column(sa.Column('sequence', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('bundle_sequence', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('conflict_code', sqlmodel.sql.sqltypes.AutoString(length=24), server_default='', nullable=False))
        batch_op.add_column(sa.Column('reserved_id', sa.Uuid(), nullable=True))
        batch_op.create_index('ix_scan_exit', ['organizer_id', 'pass_row_id', 'scope'], unique=False, sqlite_where=sa.text("code = 'EXIT'"), postgresql_where=sa.text("code = 'EXIT'"))



def downgrade() -> None:
    op.execute("DELETE FROM check_in WHERE conflict_code <> ''")
    _counted_entries("annulled_at IS NULL")
    op.drop_index('ix_scan_exit', 'scan')
    op.drop_index('uq_gate_link', 'gate')
    # Not in a batch: SQLite would build the tables anew, and others refer to them.
    for table, names in {
        'scan': ('reserved_id', 'conflict_code', 'bundle_sequence', 'sequence', 'via', 'made_at', 'epoch', 'scope'),
        'gate': ('may_search_names', 'enrolled_at', 'agreement_key', 'public_key', 'link_digest'),
        'series': ('returned',),
        'check_in': ('conflict_of', 'conflict_code', 'received_at', 'sequence', 'via'),
    }.items():
        for name in names:
            op.drop_column(table, name)
    for table in ('reserved_pass', 'door_bundle', 'gate_entry'):
        op.drop_table(table)


def _counted_entries(those: str) -> None:
    """Write the index anew that admits a pass once: it covers `those` entries."""
    op.drop_index('uq_check_in_entry', 'check_in')
    where = sa.text(those)
    columns = ['organizer_id', 'pass_row_id', 'scope', 'number']
    op.create_index('uq_check_in_entry', 'check_in', columns, unique=True, sqlite_where=where, postgresql_where=where)
