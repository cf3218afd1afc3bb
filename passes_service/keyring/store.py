"""The directory of keys: one JSON file per use, the current key first, older ones after it.

    {"use": "issuer", "keys": [{"kid": "0x...", "secret": "<64 hex>", "created_at": "...Z",
                                "not_after": null}, ...]}

A use is one file so that a rotation is one rename: a reader sees all of it or none.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from passes_service.keyring import files
from passes_service.keyring.errors import (
    KeyringDamaged,
    KeyringExists,
    KeyringMissing,
    KeyringUnsafe,
)
from passes_service.keyring.model import (
    LATER,
    Keyring,
    KeyUse,
    PublicKeys,
    StoredKey,
    key_id,
    new_key,
)

Random = Callable[[int], bytes]
_MEMBERS = {"kid", "secret", "created_at", "not_after"}


def init(directory: Path, *, random: Random, now: datetime) -> PublicKeys:
    """Make all keys in a new directory, all or none, and return what may be shown of them.

    The keys are made beside their place and appear there by one rename, so of two runs at once
    one wins and the other is refused. An empty directory may be there already.

    Raises:
        KeyringExists: There is something in the directory already.
        KeyringUnsafe: The place cannot take the directory (a link, a file, a mount point).
    """
    directory = directory.absolute()
    directory.parent.mkdir(parents=True, exist_ok=True)
    if directory.is_symlink():
        raise KeyringUnsafe(f"{directory} is a symbolic link.")
    keys = {use: (new_key(use, now=now, random=random),) for use in KeyUse}
    made = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
    try:
        made.chmod(files.DIRECTORY_MODE)  # whatever the umask took away
        with files.opened_directory(made) as descriptor:
            for use, stored in keys.items():
                files.write(descriptor, _name(use), _to_json(use, stored))
        _move_into_place(made, directory)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    files.sync_directory(directory.parent)
    return Keyring(keys).public()


def load(directory: Path) -> Keyring:
    """Read all keys, refusing files that others could have read or replaced.

    Raises:
        KeyringMissing: The directory or a file is not there.
        KeyringUnsafe: Links, other owners, or permissions for others.
        KeyringDamaged: A file does not hold the keys it should.
    """
    with files.opened_directory(directory) as descriptor:
        return Keyring(_read_all(descriptor))


def _read_all(descriptor: int) -> dict[KeyUse, tuple[StoredKey, ...]]:
    """Read every use; one that came later may be missing."""
    found = {}
    for use in KeyUse:
        try:
            found[use] = _read(descriptor, use)
        except KeyringMissing:
            if use not in LATER:
                raise
    return found


def add(directory: Path, use: KeyUse, *, now: datetime, random: Random) -> Keyring:
    """Make the first key of a use in a directory that was made before the use was thought of.

    Raises:
        KeyringExists: There is one; keys are never overwritten.
        KeyringMissing, KeyringUnsafe, KeyringDamaged: As for `load`.
    """
    with files.opened_directory(directory) as descriptor, files.locked(descriptor):
        if use in _read_all(descriptor):
            raise KeyringExists(f"There is a {use.value} key already.")
        fresh = (new_key(use, now=now, random=random),)
        files.write(descriptor, _name(use), _to_json(use, fresh))
    return load(directory)


def rotate(
    directory: Path, use: KeyUse, *, now: datetime, overlap: timedelta, random: Random
) -> Keyring:
    """Put a new key in charge of a use; what the present one signed stays good for `overlap`.

    Keys whose overlap has ended are deleted. Choose the overlap longer than what was signed
    lives, or zero if the key was stolen: that also cuts short older keys that still overlap.

    Raises:
        ValueError: The overlap is negative.
        KeyNotMade: There is no key of this use to replace.
        KeyringMissing, KeyringUnsafe, KeyringDamaged: As for `load`.
    """
    if overlap < timedelta():
        raise ValueError("An overlap cannot be negative.")
    with files.opened_directory(directory) as descriptor, files.locked(descriptor):
        end = now + overlap
        present = _read_all(descriptor)
        Keyring(present).require(use)
        old = (_ending(key, end) for key in present[use])
        kept = tuple(key for key in old if key.accepted(now))
        stored = (new_key(use, now=now, random=random), *kept)
        files.write(descriptor, _name(use), _to_json(use, stored))
    return load(directory)


def _ending(key: StoredKey, end: datetime) -> StoredKey:
    """Let a key end at `end`, or when it would have ended if that is earlier."""
    return replace(key, not_after=end if key.not_after is None else min(end, key.not_after))


def _move_into_place(made: Path, directory: Path) -> None:
    """Rename a finished directory; the kernel refuses if there is anything in its place."""
    try:
        os.rename(made, directory)  # noqa: PTH104 - Path.rename says no more; this is rename(2)
    except OSError as error:
        if directory.is_dir() and not directory.is_symlink() and any(directory.iterdir()):
            raise KeyringExists(f"There is something in {directory} already.") from error
        raise KeyringUnsafe(f"{directory} is in the way or cannot be replaced.") from error


def _name(use: KeyUse) -> str:
    return f"{use.value}.json"


def _read(descriptor: int, use: KeyUse) -> tuple[StoredKey, ...]:
    """Read the file of a use; `from None` keeps its bytes out of every traceback."""
    content = files.read(descriptor, _name(use))
    try:
        document = json.loads(content)
        if set(document) != {"use", "keys"} or document["use"] != use.value:
            raise ValueError
        keys = tuple(_stored(use, entry) for entry in document["keys"])
        if not keys or keys[0].not_after is not None or not all(k.not_after for k in keys[1:]):
            raise ValueError
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise KeyringDamaged(f"The key file {_name(use)} does not hold its keys.") from None
    return keys


def _stored(use: KeyUse, entry: Any) -> StoredKey:
    """Read one key and check that it is the one that its name says."""
    if set(entry) != _MEMBERS:
        raise ValueError
    secret = bytes.fromhex(entry["secret"])
    if key_id(use, secret) != entry["kid"]:
        raise ValueError
    ends = entry["not_after"]
    return StoredKey(
        key_id=entry["kid"],
        secret=secret,
        created_at=_time(entry["created_at"]),
        not_after=None if ends is None else _time(ends),
    )


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


def _to_json(use: KeyUse, keys: tuple[StoredKey, ...]) -> bytes:
    """Write the file of a use."""
    entries = [
        {
            "kid": key.key_id,
            "secret": key.secret.hex(),
            "created_at": _write(key.created_at),
            "not_after": None if key.not_after is None else _write(key.not_after),
        }
        for key in keys
    ]
    return (json.dumps({"use": use.value, "keys": entries}, indent=2) + "\n").encode()


def _write(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
