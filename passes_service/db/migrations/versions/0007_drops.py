"""Drops, waiting rooms, raffles, orders, payments.

Revision: 0007, after 0006. Compatible with the running version.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import passes_service.db.types


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table('audience',
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_audience_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'id', name=op.f('pk_audience'))
    )
    op.create_table('payment_event',
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('provider', sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
    sa.Column('event_id', sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('reference', sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
    sa.Column('outcome', sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_payment_event_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'id', name=op.f('pk_payment_event')),
    sa.UniqueConstraint('organizer_id', 'provider', 'event_id', name=op.f('uq_payment_event_organizer_id_provider_event_id'))
    )
    op.create_table('tax_rule',
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('rate_bp', sa.Integer(), nullable=False),
    sa.Column('included', sa.Boolean(), nullable=False),
    sa.Column('ended_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.CheckConstraint('rate_bp BETWEEN 0 AND 10000', name=op.f('ck_tax_rule_rate_bp')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_tax_rule_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'id', name=op.f('pk_tax_rule'))
    )
    op.create_table('audience_member',
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('audience_id', sa.Uuid(), nullable=False),
    sa.Column('address', sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
    sa.ForeignKeyConstraint(['organizer_id', 'audience_id'], ['audience.organizer_id', 'audience.id'], name=op.f('fk_audience_member_organizer_id_audience_id_audience')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_audience_member_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'audience_id', 'address', name=op.f('pk_audience_member'))
    )
    with op.batch_alter_table('audience_member', schema=None) as batch_op:
        batch_op.create_index('ix_audience_member_address', ['organizer_id', 'address'], unique=False)

    op.create_table('drop',
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('calendar_id', sa.Uuid(), nullable=False),
    sa.Column('slug', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('title', sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
    sa.Column('summary', sa.Text(), nullable=False),
    sa.Column('proof', sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
    sa.Column('image_url', sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
    sa.Column('mode', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
    sa.Column('opens_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('closes_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('per_holder', sa.Integer(), nullable=False),
    sa.Column('hold_seconds', sa.Integer(), nullable=False),
    sa.Column('waiting_room', sa.Boolean(), nullable=False),
    sa.Column('listed', sa.Boolean(), nullable=False),
    sa.Column('agreed', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('changed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('ended_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('settled_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.CheckConstraint("mode IN ('sale','raffle')", name=op.f('ck_drop_mode')),
    sa.CheckConstraint("state IN ('scheduled', 'open', 'paused', 'sold_out', 'closed', 'settled')", name=op.f('ck_drop_state')),
    sa.CheckConstraint('closes_at > opens_at', name=op.f('ck_drop_times')),
    sa.CheckConstraint('per_holder > 0', name=op.f('ck_drop_per_holder')),
    sa.ForeignKeyConstraint(['organizer_id', 'calendar_id'], ['calendar.organizer_id', 'calendar.id'], name=op.f('fk_drop_organizer_id_calendar_id_calendar')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_drop_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'id', name=op.f('pk_drop')),
    sa.UniqueConstraint('organizer_id', 'slug', name=op.f('uq_drop_organizer_id_slug'))
    )
    op.create_table('edition',
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('calendar_id', sa.Uuid(), nullable=False),
    sa.Column('title', sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
    sa.Column('cap', sa.Integer(), nullable=False),
    sa.CheckConstraint('cap > 0', name=op.f('ck_edition_cap_positive')),
    sa.ForeignKeyConstraint(['organizer_id', 'calendar_id'], ['calendar.organizer_id', 'calendar.id'], name=op.f('fk_edition_organizer_id_calendar_id_calendar')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_edition_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'id', name=op.f('pk_edition'))
    )
    op.create_table('coupon',
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('drop_id', sa.Uuid(), nullable=True),
    sa.Column('percent_bp', sa.Integer(), nullable=False),
    sa.Column('amount_minor', passes_service.db.types.Uint256(), nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(length=4), nullable=False),
    sa.Column('max_uses', sa.Integer(), nullable=False),
    sa.Column('used', sa.Integer(), nullable=False),
    sa.Column('starts_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('ends_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('closed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.CheckConstraint('used >= 0 AND used <= max_uses', name=op.f('ck_coupon_used')),
    sa.ForeignKeyConstraint(['organizer_id', 'drop_id'], ['drop.organizer_id', 'drop.id'], name=op.f('fk_coupon_organizer_id_drop_id_drop')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_coupon_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'id', name=op.f('pk_coupon')),
    sa.UniqueConstraint('organizer_id', 'code', name=op.f('uq_coupon_organizer_id_code'))
    )
    op.create_table('drop_draw',
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('drop_id', sa.Uuid(), nullable=False),
    sa.Column('secret', sa.LargeBinary(), nullable=False),
    sa.Column('commitment', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('source', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('chain_id', sa.Integer(), nullable=True),
    sa.Column('after', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('pay_seconds', sa.Integer(), nullable=False),
    sa.Column('root', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('entries', sa.Integer(), nullable=True),
    sa.Column('closed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('block_number', sa.Integer(), nullable=True),
    sa.Column('randomness', sqlmodel.sql.sqltypes.AutoString(length=66), nullable=False),
    sa.Column('seed', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('drawn_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.CheckConstraint("source IN ('block','none')", name=op.f('ck_drop_draw_source')),
    sa.ForeignKeyConstraint(['organizer_id', 'drop_id'], ['drop.organizer_id', 'drop.id'], name=op.f('fk_drop_draw_organizer_id_drop_id_drop')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_drop_draw_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'drop_id', name=op.f('pk_drop_draw'))
    )
    op.create_table('drop_offer',
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('drop_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('title', sqlmodel.sql.sqltypes.AutoString(length=160), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('discount_bp', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind IN ('single','edition','bundle')", name=op.f('ck_drop_offer_kind')),
    sa.CheckConstraint('discount_bp BETWEEN 0 AND 10000', name=op.f('ck_drop_offer_discount_bp')),
    sa.ForeignKeyConstraint(['organizer_id', 'drop_id'], ['drop.organizer_id', 'drop.id'], name=op.f('fk_drop_offer_organizer_id_drop_id_drop')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_drop_offer_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'id', name=op.f('pk_drop_offer')),
    sa.UniqueConstraint('organizer_id', 'drop_id', 'position', name=op.f('uq_drop_offer_organizer_id_drop_id_position'))
    )
    op.create_table('drop_phase',
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('drop_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
    sa.Column('params', sa.Text(), nullable=False),
    sa.Column('opens_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('closes_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=True),
    sa.Column('taken', sa.Integer(), nullable=False),
    sa.Column('per_holder', sa.Integer(), nullable=True),
    sa.Column('discount_bp', sa.Integer(), nullable=False),
    sa.CheckConstraint('discount_bp BETWEEN 0 AND 10000', name=op.f('ck_drop_phase_discount_bp')),
    sa.CheckConstraint('taken >= 0 AND (quantity IS NULL OR taken <= quantity)', name=op.f('ck_drop_phase_taken')),
    sa.ForeignKeyConstraint(['organizer_id', 'drop_id'], ['drop.organizer_id', 'drop.id'], name=op.f('fk_drop_phase_organizer_id_drop_id_drop')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_drop_phase_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'id', name=op.f('pk_drop_phase')),
    sa.UniqueConstraint('organizer_id', 'drop_id', 'position', name=op.f('uq_drop_phase_organizer_id_drop_id_position'))
    )
    op.create_table('drop_queue',
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('drop_id', sa.Uuid(), nullable=False),
    sa.Column('secret', sa.LargeBinary(), nullable=False),
    sa.Column('commitment', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('at_once', sa.Integer(), nullable=False),
    sa.Column('per_minute', sa.Integer(), nullable=False),
    sa.Column('stay_seconds', sa.Integer(), nullable=False),
    sa.Column('last_number', sa.Integer(), nullable=False),
    sa.Column('admitted', sa.Integer(), nullable=False),
    sa.Column('numbered_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('moved_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['organizer_id', 'drop_id'], ['drop.organizer_id', 'drop.id'], name=op.f('fk_drop_queue_organizer_id_drop_id_drop')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_drop_queue_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'drop_id', name=op.f('pk_drop_queue'))
    )
    op.create_table('drop_share',
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('drop_id', sa.Uuid(), nullable=False),
    sa.Column('partner_id', sa.Uuid(), nullable=False),
    sa.Column('share_bp', sa.Integer(), nullable=False),
    sa.Column('accepted_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('accepted_by', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.CheckConstraint('share_bp BETWEEN 1 AND 10000', name=op.f('ck_drop_share_share_bp')),
    sa.ForeignKeyConstraint(['organizer_id', 'drop_id'], ['drop.organizer_id', 'drop.id'], name=op.f('fk_drop_share_organizer_id_drop_id_drop')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_drop_share_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'drop_id', 'partner_id', name=op.f('pk_drop_share'))
    )
    op.create_table('drop_stock',
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('drop_id', sa.Uuid(), nullable=False),
    sa.Column('series_id', sa.Uuid(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('sold', sa.Integer(), nullable=False),
    sa.Column('held', sa.Integer(), nullable=False),
    sa.Column('given_back', sa.Integer(), nullable=False),
    sa.Column('prices', sa.Text(), nullable=False),
    sa.CheckConstraint('sold >= 0 AND held >= 0 AND sold + held <= quantity', name=op.f('ck_drop_stock_places')),
    sa.ForeignKeyConstraint(['organizer_id', 'drop_id'], ['drop.organizer_id', 'drop.id'], name=op.f('fk_drop_stock_organizer_id_drop_id_drop')),
    sa.ForeignKeyConstraint(['organizer_id', 'series_id'], ['series.organizer_id', 'series.id'], name=op.f('fk_drop_stock_organizer_id_series_id_series')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_drop_stock_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'id', name=op.f('pk_drop_stock')),
    sa.UniqueConstraint('organizer_id', 'drop_id', 'series_id', name=op.f('uq_drop_stock_organizer_id_drop_id_series_id'))
    )
    op.create_table('drop_taken',
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('drop_id', sa.Uuid(), nullable=False),
    sa.Column('bucket', sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
    sa.Column('taken', sa.Integer(), nullable=False),
    sa.CheckConstraint('taken >= 0', name=op.f('ck_drop_taken_taken')),
    sa.ForeignKeyConstraint(['organizer_id', 'drop_id'], ['drop.organizer_id', 'drop.id'], name=op.f('fk_drop_taken_organizer_id_drop_id_drop')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_drop_taken_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'drop_id', 'bucket', name=op.f('pk_drop_taken'))
    )
    op.create_table('queue_entry',
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('drop_id', sa.Uuid(), nullable=False),
    sa.Column('subject', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('number', sa.Integer(), nullable=True),
    sa.Column('admitted_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('left_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['organizer_id', 'drop_id'], ['drop.organizer_id', 'drop.id'], name=op.f('fk_queue_entry_organizer_id_drop_id_drop')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_queue_entry_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'id', name=op.f('pk_queue_entry')),
    sa.UniqueConstraint('organizer_id', 'drop_id', 'subject', name=op.f('uq_queue_entry_organizer_id_drop_id_subject'))
    )
    with op.batch_alter_table('queue_entry', schema=None) as batch_op:
        batch_op.create_index('ix_queue_entry_number', ['organizer_id', 'drop_id', 'number'], unique=False)

    op.create_table('raffle_entry',
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('drop_id', sa.Uuid(), nullable=False),
    sa.Column('holder_id', sa.Uuid(), nullable=False),
    sa.Column('offer_id', sa.Uuid(), nullable=False),
    sa.Column('salt', sa.LargeBinary(), nullable=False),
    sa.Column('leaf', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=True),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('pay_until', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.CheckConstraint("state IN ('entered','won','waiting','lapsed','taken')", name=op.f('ck_raffle_entry_state')),
    sa.ForeignKeyConstraint(['organizer_id', 'drop_id'], ['drop.organizer_id', 'drop.id'], name=op.f('fk_raffle_entry_organizer_id_drop_id_drop')),
    sa.ForeignKeyConstraint(['organizer_id', 'holder_id'], ['holder.organizer_id', 'holder.id'], name=op.f('fk_raffle_entry_organizer_id_holder_id_holder')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_raffle_entry_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'id', name=op.f('pk_raffle_entry')),
    sa.UniqueConstraint('organizer_id', 'drop_id', 'holder_id', name=op.f('uq_raffle_entry_organizer_id_drop_id_holder_id'))
    )
    with op.batch_alter_table('raffle_entry', schema=None) as batch_op:
        batch_op.create_index('ix_raffle_entry_rank', ['organizer_id', 'drop_id', 'rank'], unique=False)

    op.create_table('drop_part',
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('offer_id', sa.Uuid(), nullable=False),
    sa.Column('stock_id', sa.Uuid(), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['organizer_id', 'offer_id'], ['drop_offer.organizer_id', 'drop_offer.id'], name=op.f('fk_drop_part_organizer_id_offer_id_drop_offer')),
    sa.ForeignKeyConstraint(['organizer_id', 'stock_id'], ['drop_stock.organizer_id', 'drop_stock.id'], name=op.f('fk_drop_part_organizer_id_stock_id_drop_stock')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_drop_part_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'offer_id', 'stock_id', name=op.f('pk_drop_part'))
    )
    op.create_table('sale_order',
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('drop_id', sa.Uuid(), nullable=False),
    sa.Column('offer_id', sa.Uuid(), nullable=False),
    sa.Column('phase_id', sa.Uuid(), nullable=False),
    sa.Column('subject', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('takes', sa.Text(), nullable=False),
    sa.Column('key_digest', sa.LargeBinary(), nullable=False),
    sa.Column('fingerprint', sa.LargeBinary(), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
    sa.Column('hold_until', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('holder_id', sa.Uuid(), nullable=True),
    sa.Column('coupon_id', sa.Uuid(), nullable=True),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(length=4), nullable=False),
    sa.Column('total_minor', passes_service.db.types.Uint256(), nullable=False),
    sa.Column('price', sa.Text(), nullable=False),
    sa.Column('channel', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('placed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('completed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('ended_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('end_reason', sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
    sa.CheckConstraint("state IN ('held', 'placed', 'completed', 'expired', 'cancelled', 'returned')", name=op.f('ck_sale_order_state')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_sale_order_quantity')),
    sa.ForeignKeyConstraint(['organizer_id', 'coupon_id'], ['coupon.organizer_id', 'coupon.id'], name=op.f('fk_sale_order_organizer_id_coupon_id_coupon')),
    sa.ForeignKeyConstraint(['organizer_id', 'drop_id'], ['drop.organizer_id', 'drop.id'], name=op.f('fk_sale_order_organizer_id_drop_id_drop')),
    sa.ForeignKeyConstraint(['organizer_id', 'holder_id'], ['holder.organizer_id', 'holder.id'], name=op.f('fk_sale_order_organizer_id_holder_id_holder')),
    sa.ForeignKeyConstraint(['organizer_id', 'offer_id'], ['drop_offer.organizer_id', 'drop_offer.id'], name=op.f('fk_sale_order_organizer_id_offer_id_drop_offer')),
    sa.ForeignKeyConstraint(['organizer_id', 'phase_id'], ['drop_phase.organizer_id', 'drop_phase.id'], name=op.f('fk_sale_order_organizer_id_phase_id_drop_phase')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_sale_order_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'id', name=op.f('pk_sale_order')),
    sa.UniqueConstraint('organizer_id', 'key_digest', name=op.f('uq_sale_order_organizer_id_key_digest'))
    )
    with op.batch_alter_table('sale_order', schema=None) as batch_op:
        batch_op.create_index('ix_sale_order_drop', ['organizer_id', 'drop_id', 'state'], unique=False)
        batch_op.create_index('ix_sale_order_due', ['organizer_id', 'hold_until'], unique=False, sqlite_where=sa.text("state IN ('held','placed')"), postgresql_where=sa.text("state IN ('held','placed')"))
        batch_op.create_index('ix_sale_order_holder', ['organizer_id', 'holder_id', 'id'], unique=False)

    op.create_table('order_line',
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('series_id', sa.Uuid(), nullable=False),
    sa.Column('stock_id', sa.Uuid(), nullable=False),
    sa.Column('list_minor', passes_service.db.types.Uint256(), nullable=False),
    sa.Column('paid_minor', passes_service.db.types.Uint256(), nullable=False),
    sa.Column('taxes', sa.Text(), nullable=False),
    sa.Column('terms_hash', sqlmodel.sql.sqltypes.AutoString(length=66), nullable=False),
    sa.Column('pass_row_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['organizer_id', 'order_id'], ['sale_order.organizer_id', 'sale_order.id'], name=op.f('fk_order_line_organizer_id_order_id_sale_order')),
    sa.ForeignKeyConstraint(['organizer_id', 'pass_row_id'], ['pass.organizer_id', 'pass.id'], name=op.f('fk_order_line_organizer_id_pass_row_id_pass')),
    sa.ForeignKeyConstraint(['organizer_id', 'series_id'], ['series.organizer_id', 'series.id'], name=op.f('fk_order_line_organizer_id_series_id_series')),
    sa.ForeignKeyConstraint(['organizer_id', 'stock_id'], ['drop_stock.organizer_id', 'drop_stock.id'], name=op.f('fk_order_line_organizer_id_stock_id_drop_stock')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_order_line_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'id', name=op.f('pk_order_line')),
    sa.UniqueConstraint('organizer_id', 'order_id', 'position', name=op.f('uq_order_line_organizer_id_order_id_position'))
    )
    with op.batch_alter_table('order_line', schema=None) as batch_op:
        batch_op.create_index('ix_order_line_pass', ['organizer_id', 'pass_row_id'], unique=False)

    op.create_table('payment',
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('provider', sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
    sa.Column('way', sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
    sa.Column('amount_minor', passes_service.db.types.Uint256(), nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(length=4), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
    sa.Column('reference', sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
    sa.Column('asked', sa.Text(), nullable=False),
    sa.Column('client', sa.Text(), nullable=False),
    sa.Column('error_code', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('error', sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
    sa.Column('dispute', sqlmodel.sql.sqltypes.AutoString(length=5), nullable=False),
    sa.Column('confirmed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('looked_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.CheckConstraint("provider IN ('free', 'stripe', 'onchain', 'external')", name=op.f('ck_payment_provider')),
    sa.CheckConstraint("state IN ('created', 'pending', 'succeeded', 'failed', 'cancelled')", name=op.f('ck_payment_state')),
    sa.ForeignKeyConstraint(['organizer_id', 'order_id'], ['sale_order.organizer_id', 'sale_order.id'], name=op.f('fk_payment_organizer_id_order_id_sale_order')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_payment_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'id', name=op.f('pk_payment'))
    )
    with op.batch_alter_table('payment', schema=None) as batch_op:
        batch_op.create_index('ix_payment_order', ['organizer_id', 'order_id'], unique=False)
        batch_op.create_index('ix_payment_state', ['organizer_id', 'state', 'created_at'], unique=False)
        batch_op.create_index('uq_payment_open', ['organizer_id', 'order_id'], unique=True, sqlite_where=sa.text("state IN ('created','pending')"), postgresql_where=sa.text("state IN ('created','pending')"))
        batch_op.create_index('uq_payment_reference', ['organizer_id', 'provider', 'reference'], unique=True, sqlite_where=sa.text("reference <> ''"), postgresql_where=sa.text("reference <> ''"))

    op.create_table('payment_return',
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('organizer_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=False),
    sa.Column('amount_minor', passes_service.db.types.Uint256(), nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(length=4), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
    sa.Column('reference', sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
    sa.Column('settled_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.CheckConstraint("state IN ('requested','settled','failed')", name=op.f('ck_payment_return_state')),
    sa.ForeignKeyConstraint(['organizer_id', 'payment_id'], ['payment.organizer_id', 'payment.id'], name=op.f('fk_payment_return_organizer_id_payment_id_payment')),
    sa.ForeignKeyConstraint(['organizer_id'], ['organizer.id'], name=op.f('fk_payment_return_organizer_id_organizer')),
    sa.PrimaryKeyConstraint('organizer_id', 'id', name=op.f('pk_payment_return')),
    sa.UniqueConstraint('organizer_id', 'payment_id', name=op.f('uq_payment_return_organizer_id_payment_id'))
    )
    with op.batch_alter_table('feed_link', schema=None) as batch_op:
        batch_op.add_column(sa.Column('drops', sa.Boolean(), server_default='0', nullable=False))

    with op.batch_alter_table('series', schema=None) as batch_op:
        batch_op.add_column(sa.Column('set_aside', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('edition_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('edition_offset', sa.Integer(), server_default='0', nullable=False))



def downgrade() -> None:
    # Not in a batch: SQLite would build the tables anew, and others refer to them.
    for name in ('edition_offset', 'edition_id', 'set_aside'):
        op.drop_column('series', name)
    op.drop_column('feed_link', 'drops')
    for table in (
        'payment_return',
        'payment',
        'order_line',
        'sale_order',
        'drop_part',
        'raffle_entry',
        'queue_entry',
        'drop_taken',
        'drop_stock',
        'drop_share',
        'drop_queue',
        'drop_phase',
        'drop_offer',
        'drop_draw',
        'coupon',
        'edition',
        'drop',
        'audience_member',
        'tax_rule',
        'payment_event',
        'audience',
    ):
        op.drop_table(table)
