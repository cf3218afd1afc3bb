"""Settings, read once by `bootstrap` from the environment (`PASSES_...`) or a .env file."""

from __future__ import annotations

import json
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from passes_service.chain.networks import Network


class Settings(BaseSettings):
    """Everything an installation decides."""

    model_config = SettingsConfigDict(env_prefix="PASSES_", env_file=".env", extra="ignore")

    database_url: str = "sqlite:///.var/passes.sqlite"
    keys_dir: Path = Path(".var/keys")
    public_origin: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    demo: bool = False
    smtp_url: SecretStr | None = Field(
        default=None, description="smtp://user:password@host:port; without it mail stays local"
    )
    mail_from: str = "passes@localhost"
    max_body_bytes: int = 6 * 1024 * 1024
    trusted_proxies: str = Field(
        default="", description="addresses of our own proxies: their X-Forwarded-For is believed"
    )
    login_ttl_minutes: int = 15
    session_ttl_days: int = 30

    chains: tuple[Network, ...] = Field(
        default=(), description="chains served here, as a JSON list", repr=False
    )
    chains_file: Path | None = Field(
        default=None, description="a file with such a list, as `make chain` writes it"
    )

    shop_payments: str = Field(
        default="",
        description="ids of organizers whose own shop takes money for orders made on our pages",
    )

    metrics_token: SecretStr | None = Field(
        default=None, description="who sends it as Bearer may read /metrics; without it nobody may"
    )

    google_wallet_dir: Path | None = Field(
        default=None, description="<organizer>/service-account.json and issuer-id, mode 700 and 600"
    )
    apple_wallet_dir: Path | None = Field(
        default=None, description="<organizer>/certificate.pem, key.pem and intermediate.pem, alike"
    )

    stripe_dir: Path | None = Field(
        default=None,
        description="<organizer id>/secret-key, publishable-key and webhook-secret, alike",
    )
    stripe_api_base: str | None = Field(
        default=None, description="http://127.0.0.1:<port> of a local peer in place of Stripe"
    )

    claim_signer: str = Field(
        default="keyring",
        description="who signs claims: keyring, keystore:, pkcs11: or awskms:..., older after",
    )
    relay_signer: str = Field(default="keyring", description="who pays gas, written alike")
    keystore_password: SecretStr | None = Field(
        default=None, description="of keystores that name no file with one"
    )

    @field_validator("stripe_api_base")
    @classmethod
    def _peer_is_this_machine(cls, value: str | None) -> str | None:
        """Refuse to send an organizer's key anywhere but to Stripe or to this machine."""
        if value is None:
            return None
        parts = urlsplit(value)
        try:
            here = parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
        except ValueError:
            here = False
        plain = parts.scheme == "http" and not (parts.path or parts.query or parts.fragment)
        if not here or not plain or parts.username is not None:
            raise ValueError("PASSES_STRIPE_API_BASE is http://127.0.0.1:<port> or nothing")
        return value

    @model_validator(mode="after")
    def _chains_can_be_read(self) -> Settings:
        self.networks  # noqa: B018 - raises now, in words, rather than at the first request
        return self

    @property
    def networks(self) -> dict[int, Network]:
        """Return the chains served here by id: those of `chains`, then those of `chains_file`.

        Raises:
            ValueError: The file is missing, is not such a list, or names a chain twice.
        """
        found = list(self.chains)
        if self.chains_file is not None:
            try:
                listed = json.loads(self.chains_file.read_text("utf-8"))
            except (OSError, ValueError) as error:
                raise ValueError(f"PASSES_CHAINS_FILE cannot be read: {error}") from None
            found += map(Network.model_validate, listed)
        by_id = {network.chain_id: network for network in found}
        if len(by_id) != len(found):
            raise ValueError("a chain is named twice in PASSES_CHAINS and PASSES_CHAINS_FILE")
        return by_id

    @property
    def origin(self) -> str:
        """Return the public origin as browsers write it: scheme://host[:port], no path."""
        parts = urlsplit(self.public_origin)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def domain(self) -> str:
        """Return host[:port] of the public origin: the domain of EIP-4361 messages."""
        return urlsplit(self.public_origin).netloc

    @property
    def secure_cookies(self) -> bool:
        """Cookies are Secure wherever the origin is https."""
        return urlsplit(self.public_origin).scheme == "https"
