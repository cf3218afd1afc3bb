"""`passes init`: keys and tables of a new installation, made once."""

from __future__ import annotations

from passes_service.cli import installation, origin, output


def init() -> None:
    """Make the keys and the database of a new installation. Never overwrites anything.

    Both go where the settings say: PASSES_KEYS_DIR and PASSES_DATABASE_URL.
    """
    import secrets

    from passes_service import keyring
    from passes_service.bootstrap import utc_now
    from passes_service.db import migrate

    settings = installation.read_settings()
    origin.require_safe(settings)
    place = settings.keys_dir.absolute()
    if place.is_dir() and any(place.iterdir()):
        raise keyring.KeyringExists(f"There are keys in {place} already. Nothing was changed.")
    with installation.open_database(settings.database_url) as database:
        migrate.current(database.writer)  # reachable, before any key is made
        public = keyring.init(place, random=secrets.token_bytes, now=utc_now())
        migrate.upgrade(database)
    output.say(f"Keys made in {place}. Back this directory up; nothing can bring it back.")
    output.say("These parts are public:\n")
    output.facts(
        [
            ("issuer address", public.issuer_address),
            ("gate public key", public.gate_public_key),
            ("gate key id", public.gate_key_id),
            ("session key id", public.session_key_id),
            ("claim address", public.claim_address),
            ("relay address", public.relay_address),
            ("log public key", public.log_public_key),
            ("time-step key id", public.step_key_id),
        ]
    )
    output.say(f"\nDatabase ready: {installation.masked_url(settings.database_url)}")
    output.next_steps(
        "passes organizer create --slug nocturne --name Nocturne --zone Europe/Berlin "
        "--email you@example.org",
        "passes serve",
    )
