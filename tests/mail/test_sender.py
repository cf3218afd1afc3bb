"""Mail over real SMTP: what arrives, encrypted or not at all, once and again after a failure."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import IPv4Address
from pathlib import Path
from smtplib import SMTPNotSupportedError
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlmodel import Session, select
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.db.models import MailMessage, OutboxEvent
from passes_service.mail import sender
from tests import people
from tests.fakes import Clock
from tests.mail.peer import Mailbox, drain, serving

LOOPBACK = IPv4Address("127.0.0.1")


class TestDelivery:
    def test_a_login_letter_arrives_with_its_link(
        self, client: TestClient, mailing: Services, mailbox: Mailbox
    ) -> None:
        organizer, _ = people.organizer(mailing)
        link = people.new_link(mailing, organizer.id)
        drain(mailing)
        (mail,) = mailbox.mails
        assert mail["To"] == people.GUEST
        assert mail["From"] == "Nocturne <no-reply@passes.test>"
        assert mail["Reply-To"] == "hello@nocturne.example"
        assert mail["Auto-Submitted"] == "auto-generated"
        url = f"https://passes.test/l/{people.token_of(mailing, link)}"
        assert url in mail.get_content().split()
        with Session(mailing.database.reader) as session:
            row = session.exec(select(MailMessage)).one()
        assert row.sent_at == mailing.clock()
        assert "/l/" not in row.body

    def test_a_server_that_is_busy_is_tried_again_later(
        self, mailing: Services, mailbox: Mailbox, clock: Clock
    ) -> None:
        organizer, _ = people.organizer(mailing)
        people.new_link(mailing, organizer.id)
        mailbox.refusals = 1
        drain(mailing)
        assert mailbox.mails == []
        with Session(mailing.database.reader) as session:
            waiting = select(OutboxEvent).where(OutboxEvent.type == "mail.written")
            assert session.exec(waiting).one().last_error == "SMTPDataError"
        clock.forward(seconds=2)
        drain(mailing)
        assert len(mailbox.mails) == 1

    def test_a_letter_that_was_taken_is_not_sent_again(
        self, mailing: Services, mailbox: Mailbox, clock: Clock
    ) -> None:
        organizer, _ = people.organizer(mailing)
        people.new_link(mailing, organizer.id)
        drain(mailing)
        with mailing.database.transaction() as session:
            for row in session.exec(select(OutboxEvent)):
                row.delivered_at = None
                row.available_at = clock.now
        drain(mailing)
        assert len(mailbox.mails) == 1

    @pytest.mark.parametrize("name", ["Zoë & Co, Ltd", 'The "Live" Room, x', "a@b.test, c"])
    def test_a_name_with_a_comma_is_one_sender(self, services: Services, name: str) -> None:
        organizer, owner = people.organizer(services)
        organizer.name = name
        letter = MailMessage(
            organizer_id=organizer.id,
            recipient=people.GUEST,
            subject="Hello",
            body="",
            event_id=owner.id,
            created_at=services.clock(),
        )
        mail = sender.compose(letter, "Hello", organizer=organizer, mail_from="a@passes.test")
        arrived = message_from_bytes(bytes(mail), policy=policy.default)
        (found,) = arrived["From"].addresses
        assert (found.display_name, found.addr_spec) == (name, "a@passes.test")

    def test_the_same_letter_has_the_same_message_id(self, services: Services) -> None:
        organizer, owner = people.organizer(services)
        letter = MailMessage(
            organizer_id=organizer.id,
            recipient=people.GUEST,
            subject="Grüße",
            body="",
            event_id=owner.id,
            created_at=services.clock(),
        )
        mails = [
            sender.compose(letter, "ä" * 300, organizer=organizer, mail_from="a@passes.test")
            for _ in range(2)
        ]
        assert mails[0]["Message-ID"] == mails[1]["Message-ID"]
        assert max(map(len, bytes(mails[0]).splitlines())) <= 78


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(LOOPBACK)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def _tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def _mail() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@passes.test", people.GUEST, "Hello"
    mail.set_content("Hello")
    return mail


class TestEncryption:
    def test_starttls_with_password(
        self, mailbox: Mailbox, certificate: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # The one thing replaced: which authority is trusted, as an administrator would set it.
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        seen: list[LoginPassword] = []

        def check(_s: Any, _se: Any, _e: Any, _m: str, data: LoginPassword) -> AuthResult:
            seen.append(data)
            return AuthResult(success=data.password == b"s3cr@t")

        with serving(
            mailbox, tls_context=_tls(certificate), require_starttls=True, authenticator=check
        ) as port:
            url = f"smtp+starttls://mailer:s3cr%40t@127.0.0.1:{port}"
            sender.send(sender.Server.of(url), _mail())
        assert len(mailbox.mails) == 1
        assert seen[0].login == b"mailer"

    def test_starttls_that_is_not_offered_sends_nothing(self, mailbox: Mailbox, port: int) -> None:
        wanted = sender.Server.of(f"smtp+starttls://127.0.0.1:{port}")
        with pytest.raises(SMTPNotSupportedError):
            sender.send(wanted, _mail())
        assert mailbox.mails == []

    def test_a_server_nobody_vouches_for_gets_nothing(
        self, mailbox: Mailbox, certificate: Path
    ) -> None:
        with serving(mailbox, tls_context=_tls(certificate)) as port:
            wanted = sender.Server.of(f"smtp+starttls://127.0.0.1:{port}")
            with pytest.raises(ssl.SSLCertVerificationError):
                sender.send(wanted, _mail())
        assert mailbox.mails == []

    @pytest.mark.parametrize(
        ("url", "security", "port"),
        [
            ("smtp://mail.example", "offered", 25),
            ("smtps://u:p@mail.example", "tls", 465),
            ("smtp+starttls://mail.example:2525", "starttls", 2525),
        ],
    )
    def test_the_scheme_says_how(self, url: str, security: str, port: int) -> None:
        server = sender.Server.of(url)
        assert (server.security, server.port) == (security, port)

    @pytest.mark.parametrize("url", ["mail.example", "https://u:hunter2@mail.example", "smtp://"])
    def test_a_wrong_url_is_refused_without_repeating_it(self, url: str) -> None:
        with pytest.raises(ValueError, match="SMTP URL") as refused:
            sender.Server.of(url)
        assert "hunter2" not in str(refused.value)
        assert "hunter2" not in repr(sender.Server.of("smtp://u:hunter2@mail.example"))
