"""`passes gate-hub`: what it says to the person who carries the laptop, and that it ends."""

from __future__ import annotations

import socket
import ssl
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from passes_service.bootstrap import utc_now
from passes_service.hub import authority
from passes_service.hub.authority import Files
from passes_service.hub.ledger import HubGate, Ledger
from tests.cli.installed import Installed, Running, free_port, wait_for

LOCAL = "127.0.0.1"
LINK = "https://passes.example/door/enrol/ps_gate_abc"
SERVICE = "https://passes.example"


@pytest.fixture
def venue(empty: Installed) -> Installed:
    """A laptop with nothing on it but the program."""
    return empty


def files(venue: Installed) -> Files:
    return Files(venue.folder / ".var/hub")


def begin(venue: Installed, host: str = LOCAL) -> str:
    return venue.must("gate-hub", "init", "--host", host, "--name", "Cellar")


def refused(venue: Installed, *words: str, code: str, host: str = LOCAL) -> str:
    return venue.refused("gate-hub", "run", "--host", host, *words, code=code)


@contextmanager
def running(venue: Installed, *words: str, port: int) -> Iterator[Running]:
    """Run the hub until the block ends."""
    shared = ("--host", LOCAL, "--name", "Cellar", "--port", str(port))
    process = venue.start("gate-hub", "run", *shared, *words)
    hub = Running(process)
    try:
        yield hub
        hub.stop()
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def get(url: str, trusted: ssl.SSLContext, process: subprocess.Popen[str]) -> bytes:
    """Return what a phone gets that trusts only this."""
    for _ in range(300):
        assert process.poll() is None, process.communicate()
        try:
            with urlopen(url, timeout=10, context=trusted) as answer:
                found: bytes = answer.read()
                return found
        except URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError):
                raise
            time.sleep(0.1)
    raise AssertionError(f"{url} did not answer")


class TestInit:
    def test_makes_an_authority_once_and_says_how_phones_come_to_trust_it(
        self, venue: Installed
    ) -> None:
        first = begin(venue, "192.168.1.20")
        made = files(venue)
        before = made.authority.read_bytes()
        again = begin(venue, "hub.local")

        assert "An authority and a certificate for 192.168.1.20" in first
        assert "A certificate of the same authority for hub.local" in again
        assert authority.fingerprint(made) in first
        assert "http://192.168.1.20:8080" in first
        assert "passes gate-hub run --host 192.168.1.20" in first
        assert made.authority.read_bytes() == before
        assert stat.S_IMODE(made.authority_key.stat().st_mode) == 0o600
        assert stat.S_IMODE(made.folder.stat().st_mode) == 0o700

    def test_without_a_page_for_it_the_file_is_brought_by_hand(self, venue: Installed) -> None:
        said = venue.must("gate-hub", "init", "--host", "10.0.0.7", "--trust-port", "0")

        assert "authority.crt to each door phone" in said
        assert "http://" not in said

    def test_an_address_on_the_internet_is_refused(self, venue: Installed) -> None:
        for host in ("8.8.8.8", "door.example.com"):
            said = venue.refused("gate-hub", "init", "--host", host, code="hub-address-public")
            assert host in said
        assert not files(venue).folder.exists()

    def test_a_broken_authority_is_not_written_over(self, venue: Installed) -> None:
        begin(venue)
        files(venue).authority_key.write_text("gone")

        said = venue.refused("gate-hub", "init", "--host", LOCAL, code="hub-certificate-broken")

        assert "Leave hub.db where it is" in said
        assert files(venue).authority_key.read_text() == "gone"


class TestLink:
    def test_leads_through_the_hub(self, venue: Installed) -> None:
        said = venue.must("gate-hub", "link", LINK, "--host", "hub.local", "--port", "9443")

        assert said == "https://hub.local:9443/door/enrol/ps_gate_abc\n"

    @pytest.mark.parametrize("url", ["https://passes.example/door", "ps_gate_abc", ""])
    def test_what_is_no_link_of_a_gate_is_refused(self, venue: Installed, url: str) -> None:
        said = venue.refused("gate-hub", "link", url, "--host", LOCAL, code="gate-link-unfit")

        assert "under Gates" in said


class TestRefusals:
    def test_without_a_certificate(self, venue: Installed) -> None:
        said = refused(venue, "--service", SERVICE, code="hub-not-ready")

        assert "There is no certificate in .var/hub." in said
        assert "passes gate-hub init" in said

    def test_with_the_certificate_of_another_address(self, venue: Installed) -> None:
        begin(venue, "192.168.1.20")

        said = refused(venue, "--service", SERVICE, code="hub-not-ready")

        assert "is for 192.168.1.20, not for 127.0.0.1" in said
        assert "gates have to be enrolled again" in said

    @pytest.mark.parametrize(
        ("service", "words"),
        [
            ("passes.example", "begins with https://"),
            ("http://passes.example", "in the clear"),
            ("https://passes.example/door", "more than a host"),
            ("https://passes.example:many", "no address"),
        ],
    )
    def test_with_a_service_that_is_none(self, venue: Installed, service: str, words: str) -> None:
        begin(venue)
        assert words in refused(venue, "--service", service, code="service-unfit")

    def test_at_an_address_of_another_computer(self, venue: Installed) -> None:
        begin(venue, "192.168.7.7")
        asked = ("--service", SERVICE, "--port", str(free_port()))
        said = refused(venue, *asked, code="address-elsewhere", host="192.168.7.7")

        assert "192.168.7.7" in said
        assert "serves" not in said

    def test_on_a_port_that_is_taken(self, venue: Installed) -> None:
        begin(venue)
        with socket.create_server((LOCAL, 0)) as taken:
            port = str(taken.getsockname()[1])
            result = venue.run(
                *("gate-hub", "run", "--host", LOCAL, "--service", SERVICE, "--port", port)
            )

        assert result.exit_code == 5
        assert port in result.stderr
        assert result.stdout == ""  # nothing is announced that does not come

    def test_with_half_a_certificate_or_a_broken_or_foreign_one(self, venue: Installed) -> None:
        begin(venue)
        made, other = files(venue), Files(venue.folder / "other")
        authority.make(other, ["10.0.0.7"], name="Other", now=utc_now())
        cases: list[tuple[Path, Path | None, str]] = [
            (made.certificate, None, "needs both"),
            (venue.folder / "nope.pem", made.key, "nope.pem is no readable certificate"),
            (made.certificate, other.key, "is not the key of"),
            (other.certificate, other.key, "is for 10.0.0.7, not for 127.0.0.1"),
        ]
        for certificate, key, words in cases:
            given = ["--certificate", str(certificate)] + (["--key", str(key)] if key else [])
            said = refused(venue, "--service", SERVICE, *given, code="own-certificate-unfit")
            assert words in said


class TestRun:
    def test_serves_the_door_over_tls_and_is_gone_soon(self, venue: Installed) -> None:
        begin(venue)
        port, beside, nobody = free_port(), free_port(), free_port()
        trusted = ssl.create_default_context(cafile=str(files(venue).authority))
        words = ("--service", f"http://{LOCAL}:{nobody}", "--trust-port", str(beside))
        with running(venue, *words, port=port) as hub:
            page = get(f"https://{LOCAL}:{port}/door", trusted, hub.process)
            wait_for(f"http://{LOCAL}:{beside}/", hub.process)
            with pytest.raises(URLError, match="CERTIFICATE_VERIFY_FAILED"):
                get(f"https://{LOCAL}:{port}/door", ssl.create_default_context(), hub.process)
            assert hub.stop() < 10

        assert b"<title>" in page
        assert hub.process.returncode == 0
        assert f"“Cellar” serves https://{LOCAL}:{port}/door" in hub.out
        assert "does not answer now" in hub.out
        assert "no gate can be let in before the service has answered" in hub.out
        assert authority.fingerprint(files(venue)) in hub.out
        assert f"gate-hub link LINK --host {LOCAL} --port {port}" in hub.out
        assert hub.out.endswith("Stopped.\n")
        assert "Traceback" not in hub.err
        assert "/door" not in hub.err  # no line for each request

    def test_says_which_gates_it_knows_and_what_waits_and_that_the_service_answers(
        self, nocturne: Installed
    ) -> None:
        begin(nocturne)
        ledger = Ledger(Path(".var/hub/hub.db"))
        ledger.know("a-token", gate_id="1", name="East", organizer="o")
        ledger.know("another", gate_id="2", name="Lost", organizer="o")
        ledger.forget("another")  # revoked
        entry = '{"kind":"enter","gate":"1"}'
        ledger.add(HubGate("1", "East", "a-token", "o"), [(entry, "signature")])
        ledger.close()
        with nocturne.serving("--no-worker"):
            words = ("--service", nocturne.origin, "--trust-port", "0")
            with running(nocturne, *words, port=free_port()) as hub:
                assert hub.process.stdout is not None
                said = [hub.process.stdout.readline() for _ in range(4)]

        assert said[1] == f"  service  {nocturne.origin} answers\n"
        assert said[2] == "  gates    East\n"
        assert said[3] == "  waiting  1 log entry for the service\n"
