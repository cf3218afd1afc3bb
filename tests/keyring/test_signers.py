"""One interface, four keepers of a key: what they sign is a signature of their account."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from coincurve import PrivateKey
from eth_account import Account

from passes_service import keyring
from passes_service.bootstrap import Services
from passes_service.config import Settings
from passes_service.core import ethereum
from passes_service.keyring import (
    KeyringUnsafe,
    KeyUse,
    SignerBroken,
    SignerUnavailable,
    keystore,
    opening,
    pkcs11_token,
    signers,
)
from passes_service.keyring.signers import Signer
from tests.conftest import isolated
from tests.keyring import softhsm
from tests.keyring.helpers import NOW
from tests.keyring.softhsm import Token

PASSWORD = "correct horse"
DIGESTS = [ethereum.keccak256(bytes([number])) for number in range(24)]
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def signs(signer: Signer) -> None:
    """Check many signatures: both parities come up, s is always low."""
    made = [signer.sign_digest(digest) for digest in DIGESTS]
    for digest, signature in zip(DIGESTS, made, strict=True):
        assert ethereum.recover_signer(digest, signature) == signer.address
        assert Account._recover_hash(digest, signature=signature) == signer.address
    assert {signature[64] for signature in made} == {27, 28}


class TestOfTheKeyring:
    def test_signs_for_its_address(self, keys: Path) -> None:
        ring = keyring.load(keys)
        for use in (KeyUse.CLAIM, KeyUse.RELAY):
            (signer,) = opening.from_keyring(ring, use, NOW)
            assert signer.address == ring.stored(use)[0].key_id
            signs(signer)

    def test_each_use_has_a_key_of_its_own(self, keys: Path) -> None:
        public = keyring.load(keys).public()

        assert len({public.issuer_address, public.claim_address, public.relay_address}) == 3
        assert public.log_public_key != public.gate_public_key

    def test_secret_is_in_no_repr(self, keys: Path) -> None:
        (signer,) = opening.from_keyring(keyring.load(keys), KeyUse.CLAIM, NOW)
        assert "private" not in repr(signer)


class TestFinish:
    def test_turns_over_the_upper_half_and_finds_v(self) -> None:
        key = PrivateKey()
        address = ethereum.address_of(key)
        for digest in DIGESTS:
            low = ethereum.sign_digest(digest, key)
            r, s = int.from_bytes(low[:32], "big"), int.from_bytes(low[32:64], "big")
            for given in (s, ORDER - s):
                assert signers.finish(r, given, digest=digest, address=address) == low

    @pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (ORDER, 1), (1, ORDER), (1, 1)])
    def test_refuses_what_is_no_signature(self, r: int, s: int) -> None:
        address = ethereum.address_of(PrivateKey())
        with pytest.raises(SignerUnavailable):
            signers.finish(r, s, digest=DIGESTS[0], address=address)

    def test_refuses_the_signature_of_another_key(self) -> None:
        made = ethereum.sign_digest(DIGESTS[0], PrivateKey())
        r, s = int.from_bytes(made[:32], "big"), int.from_bytes(made[32:64], "big")
        with pytest.raises(SignerUnavailable):
            signers.finish(r, s, digest=DIGESTS[0], address=ethereum.address_of(PrivateKey()))


@pytest.fixture(scope="module")
def encrypted() -> tuple[str, dict[str, Any]]:
    """A key as a wallet exports it; light scrypt, so that the tests stay quick."""
    key = PrivateKey()
    document = Account.encrypt(key.secret, PASSWORD, kdf="scrypt", iterations=2**13)
    return ethereum.address_of(key), document


class TestOfAKeystore:
    @pytest.fixture
    def file(self, tmp_path: Path, encrypted: tuple[str, dict[str, Any]]) -> Path:
        folder = tmp_path / "private"
        folder.mkdir(mode=0o700)
        path = folder / "claim.json"
        path.write_text(json.dumps(encrypted[1]))
        path.chmod(0o600)
        secret = folder / "password"
        secret.write_text(PASSWORD + "\n")
        secret.chmod(0o600)
        return path

    def test_signs_for_its_address(self, file: Path, encrypted: tuple[str, Any]) -> None:
        signer = keystore.open_keystore(file, PASSWORD)

        assert signer.address == encrypted[0]
        signs(signer)

    def test_is_named_by_a_setting_with_a_file_for_the_password(
        self, file: Path, encrypted: tuple[str, Any], settings: Settings
    ) -> None:
        named = f"keystore:{file}?password-file={file.parent / 'password'}"
        services = wired(settings, claim_signer=f"{named},keyring")

        first, second = services.signers(KeyUse.CLAIM)
        assert first.address == encrypted[0]
        assert second.address == services.keyring.public().claim_address

    def test_needs_the_right_password(self, file: Path) -> None:
        with pytest.raises(SignerBroken) as told:
            keystore.open_keystore(file, "wrong horse")
        assert "wrong" not in told.value.detail
        with pytest.raises(SignerBroken, match="password"):
            opening.open_elsewhere(f"keystore:{file}", None)

    @pytest.mark.parametrize("bits", [0o644, 0o640, 0o604])
    def test_that_others_can_read_is_refused(self, file: Path, bits: int) -> None:
        file.chmod(bits)
        with pytest.raises(KeyringUnsafe):
            keystore.open_keystore(file, PASSWORD)

    def test_whose_password_others_can_read_is_refused(self, file: Path) -> None:
        (file.parent / "password").chmod(0o644)
        with pytest.raises(KeyringUnsafe):
            keystore.read_password(file.parent / "password")

    @pytest.mark.parametrize(
        "change",
        [
            {"version": 1},
            {"crypto": {}},
            {"crypto": {"kdf": "pbkdf2", "kdfparams": {"c": 10}}},
            {"crypto": {"kdf": "scrypt", "kdfparams": {"n": 2}}},
            {"crypto": {"kdf": "scrypt", "kdfparams": {"n": 2**30}}},
            {"crypto": {"kdf": "scrypt", "kdfparams": {"n": 2**13}}},
        ],
    )
    def test_that_is_none_is_refused(self, file: Path, change: dict[str, Any]) -> None:
        file.write_text(json.dumps(json.loads(file.read_text()) | change))
        with pytest.raises(SignerBroken):
            keystore.open_keystore(file, PASSWORD)
        file.write_text("[" * 100_000)
        with pytest.raises((SignerBroken, KeyringUnsafe)):
            keystore.open_keystore(file, PASSWORD)


_MODULE = softhsm.library()


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Token]:
    if _MODULE is None:
        if os.environ.get("CI"):
            pytest.fail("SoftHSM2 is required here: apt-get install softhsm2")
        pytest.skip("no PKCS#11 token: Debian's softhsm2 is not installed")
    folder = tmp_path_factory.mktemp("softhsm")
    # The library reads its configuration once, when it is loaded into this process.
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    made = softhsm.make(folder, _MODULE)
    made.make_key("claim")
    made.make_key("relay")
    made.make_key("other", "secp256r1")
    yield made
    del os.environ["SOFTHSM2_CONF"]


class TestOfAToken:
    def test_signs_for_its_address(self, token: Token) -> None:
        signs(pkcs11_token.open_token(token.address("claim")))

    def test_holds_a_key_for_each_use(self, token: Token) -> None:
        both = [pkcs11_token.open_token(token.address(name)) for name in ("claim", "relay")]

        assert both[0].address != both[1].address
        for signer in both:
            signs(signer)

    def test_is_named_by_a_setting(self, token: Token, settings: Settings) -> None:
        services = wired(settings, relay_signer=token.address("claim"))

        (signer,) = services.signers(KeyUse.RELAY)
        assert services.signers(KeyUse.RELAY) == (signer,)  # opened once
        signs(signer)

    def test_serves_threads_one_after_another(self, token: Token) -> None:
        signer = pkcs11_token.open_token(token.address("claim"))
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(signer.sign_digest, DIGESTS))
        for digest, signature in zip(DIGESTS, made, strict=True):
            assert ethereum.recover_signer(digest, signature) == signer.address

    def test_on_another_curve_is_refused(self, token: Token) -> None:
        with pytest.raises(SignerBroken, match="secp256k1"):
            pkcs11_token.open_token(token.address("other"))

    def test_that_is_not_there_is_refused(self, token: Token, tmp_path: Path) -> None:
        with pytest.raises(SignerBroken):
            pkcs11_token.open_token(token.address("nobody"))
        wrong = token.address("claim").replace("token=passes", "token=none")
        with pytest.raises(SignerBroken):
            pkcs11_token.open_token(wrong)
        absent = token.address("claim").replace(str(token.module), str(tmp_path / "no.so"))
        with pytest.raises(SignerBroken):
            pkcs11_token.open_token(absent)

    @pytest.mark.parametrize(
        "text",
        [
            "pkcs11:token=a;object=b?module-path=/m&pin-value=1234&pin-source=file:/p",
            "pkcs11:token=a?module-path=/m&pin-source=file:/p",
            "pkcs11:object=b?module-path=/m&pin-source=file:/p",
            "pkcs11:token=a;object=b?pin-source=file:/p",
            "pkcs11:token=a;object=b?module-path=/m",
            "pkcs11:",
        ],
    )
    def test_that_is_described_badly_is_refused(self, text: str) -> None:
        with pytest.raises(SignerBroken) as told:
            pkcs11_token.parse(text)
        assert "1234" not in told.value.detail


class TestSettings:
    @pytest.mark.parametrize("text", ["", " , ", "file:/x", "keyring,", "keyring, what"])
    def test_that_name_no_signer_are_refused(self, text: str) -> None:
        if text == "keyring,":
            assert opening.parts(text) == ("keyring",)
            return
        with pytest.raises(SignerBroken):
            opening.parts(text)


def wired(settings: Settings, **changes: Any) -> Services:
    """Return services with other signers; no database is asked."""
    values = {"keys_dir": settings.keys_dir, "database_url": settings.database_url} | changes
    changed = isolated(**values)
    return Services(
        settings=changed,
        database=None,  # type: ignore[arg-type]  # signers need none
        keyring=keyring.load(settings.keys_dir),
        clock=lambda: NOW,
    )


@pytest.fixture
def settings(keys: Path) -> Settings:
    return isolated(keys_dir=keys)
