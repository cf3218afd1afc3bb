"""Refusals of the command line: what is wrong with this installation, and what to do."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class SettingsBroken(DomainError):
    """A setting cannot be read as what it should be."""

    code, title, kind = "settings-broken", "A setting does not fit", Kind.INVALID
    next_step = "Correct it in the environment or in .env; `passes doctor` shows all of them."


class OriginUnusable(DomainError):
    """The public origin is not an origin."""

    code, title, kind = "origin-unusable", "The public origin is not an address", Kind.INVALID
    next_step = "Set PASSES_PUBLIC_ORIGIN to https:// and a host name, with no path after it."


class OriginInsecure(DomainError):
    """The public origin is http:// on a real network."""

    code, title, kind = "origin-insecure", "The public origin must be https", Kind.FORBIDDEN
    next_step = (
        "Set PASSES_PUBLIC_ORIGIN to the https:// address that people use; a proxy such as Caddy "
        "or nginx in front of this service does the encryption."
    )


class BindTooWide(DomainError):
    """Other machines could connect, but every link would lead them to themselves."""

    code, title, kind = "bind-too-wide", "Other machines could connect", Kind.FORBIDDEN
    next_step = (
        "Leave --host at 127.0.0.1, or set PASSES_PUBLIC_ORIGIN to the https:// address that "
        "people use."
    )


class DemoOnNetwork(DomainError):
    """Demo mode hands out logins; it stays on this machine."""

    code, title, kind = "demo-on-network", "Demo mode stays on this machine", Kind.FORBIDDEN
    next_step = "Unset PASSES_DEMO, or serve on 127.0.0.1 with a loopback origin."


class KeysWellKnown(DomainError):
    """A key is an example that everybody has."""

    code, title, kind = "keys-well-known", "A key is publicly known", Kind.FORBIDDEN
    next_step = "Move the directory of keys away and run `passes init` for new ones."


class NotMigrated(DomainError):
    """The database does not have the tables of this version."""

    code, title, kind = "not-migrated", "The database is not ready", Kind.UNAVAILABLE
    next_step = "Run `passes migrate`. It changes tables only, and can be repeated safely."


class DatabaseNewer(DomainError):
    """The database was migrated by a newer version of this program."""

    code, title, kind = "database-newer", "The database is of a newer version", Kind.UNAVAILABLE
    next_step = "Install the version that made it, or one after it; nothing was changed."


class DatabaseUnreachable(DomainError):
    """The database does not answer, or its address is no address."""

    code, title, kind = "database-unreachable", "The database does not answer", Kind.UNAVAILABLE
    next_step = "Check PASSES_DATABASE_URL and that the server is up; `passes doctor` looks again."


class PortTaken(DomainError):
    """The address cannot be listened on."""

    code, title, kind = "port-taken", "The address is in use", Kind.CONFLICT
    next_step = "Stop the program that listens there, or choose another --port."


class ManyOnSqlite(DomainError):
    """SQLite is for one process."""

    code, title, kind = "many-on-sqlite", "SQLite serves one process", Kind.INVALID
    next_step = "Leave --workers at 1, or use PostgreSQL (PASSES_DATABASE_URL)."


class Unnamed(DomainError):
    """A name on the command line fits nothing, or several things."""

    code, title, kind = "name-unclear", "Which one?", Kind.NOT_FOUND
    next_step = "Use one of the names or ids listed here."


class NothingYet(DomainError):
    """There is nothing of this kind to choose from."""

    code, title, kind = "nothing-yet", "There is none yet", Kind.NOT_FOUND
    next_step = (
        "Make one: `passes organizer create` an organizer, `passes import --create` a calendar, "
        "the pages under /org a Series."
    )


class FileUnreadable(DomainError):
    """A file on the command line cannot be read."""

    code, title, kind = "file-unreadable", "The file cannot be read", Kind.INVALID
    next_step = "Check the path and its permissions; a single - reads from standard input."


class KeyUnreadable(DomainError):
    """A public key on the command line is not one."""

    code, title, kind = "key-unreadable", "This is not a public key", Kind.INVALID
    next_step = "Copy the key from `passes keys show` of the organizer's service."


class NoChains(DomainError):
    """No chain is configured."""

    code, title, kind = "no-chains", "No chain is served here", Kind.NOT_FOUND
    next_step = "Name one in PASSES_CHAINS or PASSES_CHAINS_FILE, then run `passes doctor`."


class OnlyOnLoopback(DomainError):
    """Letters hold live links; they are shown on the machine of a developer only."""

    code, title, kind = "only-on-loopback", "Not on a public origin", Kind.FORBIDDEN
    next_step = "Set PASSES_SMTP_URL so that letters reach their readers."


class AddressElsewhere(DomainError):
    """The address is not one of this computer."""

    code, title, kind = "address-elsewhere", "Not an address of this computer", Kind.INVALID
    next_step = "Look up the address that this computer has in this network now, and name that one."


class HubNotReady(DomainError):
    """The certificate of the hub is missing, or is not good for its address."""

    code, title, kind = "hub-not-ready", "The hub has no certificate for this address", Kind.INVALID
    next_step = (
        "Run passes gate-hub init with the same --host. Phones that trust this hub go on doing "
        "so; at another address than before, gates have to be enrolled again."
    )


class OwnCertificateUnfit(DomainError):
    """The certificate that was named cannot be used."""

    code, title, kind = "own-certificate-unfit", "The certificate does not fit", Kind.INVALID
    next_step = (
        "Give --certificate (PEM, followed by its chain) and --key (PEM), both for --host; or "
        "neither, to use the one that passes gate-hub init made."
    )


class ServiceUnfit(DomainError):
    """What was named as the service is no address of one."""

    code, title, kind = "service-unfit", "Not the address of a service", Kind.INVALID
    next_step = "Name it as people open it, such as --service https://passes.example."


class GateLinkUnfit(DomainError):
    """What was given is no link of a gate."""

    code, title, kind = "gate-link-unfit", "Not the link of a gate", Kind.INVALID
    next_step = "Copy it from the page that shows it once, when a gate is made under Gates."
