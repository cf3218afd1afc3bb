"""What every command starts from: the settings, the database, the keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from passes_service.cli import origin
from passes_service.cli.errors import (
    DatabaseNewer,
    DatabaseUnreachable,
    NotMigrated,
    SettingsBroken,
)

if TYPE_CHECKING:
    from passes_service.bootstrap import Services
    from passes_service.chain.networks import Network
    from passes_service.config import Settings
    from passes_service.db.engine import Database


def read_settings(**typed: Any) -> Settings:
    """Return the settings; what was typed (and is not None) wins over the environment.

    An origin that nobody set follows the port, so that links work after `--port 9000`.

    Raises:
        SettingsBroken: A value cannot be read; its name is told, never the value.
    """
    from pydantic import ValidationError

    from passes_service.config import Settings

    try:
        found = Settings(**{name: value for name, value in typed.items() if value is not None})
    except ValidationError as error:
        said = "; ".join(
            f"PASSES_{str(item['loc'][0] if item['loc'] else '').upper()}: {item['msg']}"
            for item in error.errors(include_input=False, include_context=False)
        )
        raise SettingsBroken(f"{said}.") from None
    if "public_origin" not in found.model_fields_set:
        return found.model_copy(update={"public_origin": origin.derived(found.host, found.port)})
    return found


def masked_url(url: str) -> str:
    """Return a database address without its password."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "(not a database address)"


def sqlite_file(url: str) -> Path | None:
    """Return the file of an SQLite database, or None for another kind.

    Raises:
        DatabaseUnreachable: It is no database address.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseUnreachable("PASSES_DATABASE_URL is not a database address.") from None
    if parsed.get_backend_name() != "sqlite":
        return None
    if parsed.database in (None, "", ":memory:"):
        raise DatabaseUnreachable("An SQLite database needs a file, such as sqlite:///passes.db.")
    return Path(str(parsed.database))


@contextmanager
def open_database(url: str) -> Iterator[Database]:
    """Open the database for one command and give its connections back afterwards.

    Raises:
        DatabaseUnreachable: The address is none, or nothing answers there.
    """
    from sqlalchemy.exc import DBAPIError, NoSuchModuleError, OperationalError

    from passes_service.db import engine

    sqlite_file(url)
    try:
        database = engine.open_database(url)
    except (NoSuchModuleError, ImportError):
        raise DatabaseUnreachable(
            "This kind of database is not supported: use sqlite:/// or postgresql+psycopg://."
        ) from None
    except OSError as error:
        raise DatabaseUnreachable(f"{masked_url(url)}: {error.strerror}.") from None
    try:
        yield database
    except (OperationalError, DBAPIError) as error:
        if isinstance(error, OperationalError) or error.connection_invalidated:
            raise DatabaseUnreachable(f"{masked_url(url)}: {_reason(error)}") from None
        raise
    finally:
        database.close()


def _reason(error: Any) -> str:
    """Return the database's own first line, without the statement and its values."""
    lines = str(error.orig).strip().splitlines() or ["it gave no reason"]
    return lines[0][:200]


def require_migrated(database: Database) -> None:
    """Refuse a database that does not have this version's tables.

    Raises:
        NotMigrated, DatabaseNewer: Behind this program, or ahead of it.
    """
    from alembic.script import ScriptDirectory

    from passes_service.db import migrate

    path = sqlite_file(database.url)
    if path is not None and not path.exists():
        raise NotMigrated(f"There is no database at {path} yet.")
    here, newest = migrate.current(database.writer)
    if here == newest:
        return
    if here is None:
        raise NotMigrated(f"{masked_url(database.url)} has no tables yet.")
    scripts = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations"))
    if here not in {revision.revision for revision in scripts.walk_revisions()}:
        raise DatabaseNewer(f"It is at {here}; this program knows up to {newest}.")
    raise NotMigrated(f"{masked_url(database.url)} is at {here}; this version needs {newest}.")


@contextmanager
def services(settings: Settings) -> Iterator[Services]:
    """Open a whole, checked installation for one command: keys, migrated database.

    Raises:
        SettingsBroken: The chains served here cannot be read.
        KeyringMissing, KeyringUnsafe, KeyringDamaged, KeysWellKnown: The keys cannot be used.
        NotMigrated, DatabaseNewer, DatabaseUnreachable: The database cannot.
    """
    from passes_service import keyring
    from passes_service.bootstrap import Services
    from passes_service.cli.known_keys import refuse_known

    networks = chains(settings)
    keys = keyring.load(settings.keys_dir)
    refuse_known(keys)
    with open_database(settings.database_url) as database:
        require_migrated(database)
        yield Services(settings=settings, database=database, keyring=keys, networks=networks)


def chains(settings: Settings) -> dict[int, Network]:
    """Return the chains that the settings name, by id.

    Raises:
        SettingsBroken: They cannot be read; addresses of nodes are never told.
    """
    try:
        return settings.networks
    except OSError as error:
        raise SettingsBroken(f"PASSES_CHAINS_FILE: {error.strerror}.") from None
    except ValueError as error:
        said = str(error) if type(error) is ValueError else "it is no list of chains"
        raise SettingsBroken(f"PASSES_CHAINS or PASSES_CHAINS_FILE: {said}.") from None
