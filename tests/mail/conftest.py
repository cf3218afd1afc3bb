"""The mail server of `peer` for every test here."""

from tests.mail.peer import mailbox, mailing, port

__all__ = ["mailbox", "mailing", "port"]
