"""Event type -> functions. Each is idempotent on the event's id: delivery is at least once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from passes_service.accounts import organizers
from passes_service.bootstrap import Services
from passes_service.core import chain_events, events, order_events, raffle_events
from passes_service.db.models import MailMessage, OutboxEvent
from passes_service.mail import invitations as invitation_mail
from passes_service.mail import local, notices, post, reminders, sale_letters, sender, session_news
from passes_service.worker import chain_orders, claims, invitations, payments, refunds, relay

Handler = Callable[[Services, OutboxEvent, datetime], None]
Notice = Callable[..., None]
_AT_ONCE = 50


def _payload(envelope: OutboxEvent) -> notices.Payload:
    found: notices.Payload = json.loads(envelope.payload)
    return found


def mail_login(services: Services, envelope: OutboxEvent, now: datetime) -> None:
    """Write the letter with a magic link."""
    with services.database.transaction() as session:
        notices.login_requested(session, envelope, _payload(envelope), now)


def _notice(write: Notice) -> Handler:
    """Return a handler that writes the letters of one event in one transaction."""

    def handle(services: Services, envelope: OutboxEvent, now: datetime) -> None:
        with services.database.transaction() as session:
            write(session, envelope, _payload(envelope), services.settings.origin, now)

    return handle


def mail_session_news(services: Services, envelope: OutboxEvent, now: datetime) -> None:
    """Write to every holder of a changed session, some at a time: nobody waits for the lock."""
    payload = _payload(envelope)
    with services.database.reading() as session:
        everyone = session_news.holders_of(session, envelope, payload)
    for start in range(0, len(everyone), _AT_ONCE):
        some = everyone[start : start + _AT_ONCE]
        with services.database.transaction() as session:
            session_news.tell(session, envelope, payload, services.settings.origin, some, now)
    with services.database.transaction() as session:
        session_news.told(session, envelope, payload)


def mail_doors_near(services: Services, envelope: OutboxEvent, now: datetime) -> None:
    """Remind every holder of a Series of what opens the door, some at a time."""
    payload = _payload(envelope)
    with services.database.reading() as session:
        everyone = reminders.holders_of(session, envelope, payload)
    for start in range(0, len(everyone), _AT_ONCE):
        some = everyone[start : start + _AT_ONCE]
        with services.database.transaction() as session:
            reminders.tell(session, envelope, payload, services.settings.origin, some, now)


def send_mail(services: Services, envelope: OutboxEvent, now: datetime) -> None:
    """Hand a letter to the mail server; without one it stays in the local outbox."""
    url = services.settings.smtp_url
    if url is None:
        return
    with services.database.reading() as session:
        message_id = UUID(_payload(envelope)["message_id"])
        letter = session.get(MailMessage, (envelope.organizer_id, message_id))
        if letter is None or letter.sent_at is not None:
            return
        if post.replaced(session, letter) or invitation_mail.outdated(session, letter):
            return
        invitation = invitation_mail.carried(session, letter)
        body = local.body(session, letter, services.keyring, services.settings.origin, now)
        organizer = organizers.get(session, organizer_id=envelope.organizer_id)
    if body is None:  # its link has expired: a late letter would only annoy
        return
    mail = sender.compose(
        letter,
        body,
        organizer=organizer,
        mail_from=services.settings.mail_from,
        stop_url=local.stop_url(letter, services.keyring, services.settings.origin),
        invitation=invitation,
    )
    sender.send(sender.Server.of(url.get_secret_value()), mail)
    with services.database.transaction() as session:
        post.mark_sent(session, letter, now=now)


HANDLERS: dict[str, tuple[Handler, ...]] = {
    events.LoginRequested.type: (mail_login,),
    events.PassIssued.type: (_notice(notices.pass_issued), invitations.follow_pass),
    events.TransferOffered.type: (_notice(notices.transfer_offered),),
    events.PassTransferred.type: (_notice(notices.pass_transferred), invitations.follow_pass),
    events.PassVoided.type: (invitations.follow_pass,),
    chain_events.PassEndedOnChain.type: (invitations.follow_pass,),
    chain_events.PassRestored.type: (invitations.follow_pass,),
    events.SessionChanged.type: (invitations.follow_session, mail_session_news),
    events.DoorsNear.type: (mail_doors_near,),
    events.InvitationWritten.type: (_notice(invitation_mail.written),),
    events.RefundRequested.type: (invitations.follow_refund, refunds.ask_provider),
    events.RefundSettled.type: (_notice(notices.refund_settled),),
    chain_events.PassEndFinal.type: (refunds.settle_ended,),
    events.MailWritten.type: (send_mail,),
    chain_events.TokensMinted.type: (chain_orders.note_purchase,),
    chain_events.PassClaimOpened.type: (claims.sign,),
    chain_events.ChainOrderCompleted.type: (chain_orders.complete_sale,),
    chain_events.ChainOrderExpired.type: (chain_orders.end_sale,),
    order_events.OrderCompleted.type: (payments.count_retried,),
    order_events.PaymentFailed.type: (payments.count_failed,),
    order_events.PaymentDropped.type: (payments.stop_taking,),
    order_events.ReturnRequested.type: (payments.send_back, _notice(sale_letters.money_returns)),
    order_events.PaymentDisputed.type: (_notice(sale_letters.disputed),),
    raffle_events.RaffleWon.type: (_notice(sale_letters.raffle_won),),
    chain_events.TransactionQueued.type: (relay.send_queued,),
}
