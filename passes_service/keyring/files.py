"""Files of secrets: written whole or not at all, read only if nobody else could."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from passes_service.keyring.errors import KeyringMissing, KeyringUnsafe

DIRECTORY_MODE = 0o700
FILE_MODE = 0o600
MAX_SIZE = 65_536
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@contextmanager
def opened_directory(path: Path) -> Iterator[int]:
    """Open a directory of secrets and give its descriptor; refuse one that others could enter.

    Raises:
        KeyringMissing: There is none.
        KeyringUnsafe: It is a link, no directory, somebody else's, or open to others.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise KeyringMissing(f"There is no directory {path}.") from error
    except OSError as error:
        raise KeyringUnsafe(f"{path} is not a directory that can be used.") from error
    try:
        _refuse_shared(descriptor, path)
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def locked(directory: int) -> Iterator[None]:
    """Hold the directory for one writer; the lock ends with the process, whatever happens."""
    fcntl.flock(directory, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(directory, fcntl.LOCK_UN)


def read(directory: int, name: str) -> bytes:
    """Return the content of a secret file.

    Raises:
        KeyringMissing: There is none.
        KeyringUnsafe: It is a link, not a plain file, somebody else's, open to others, or huge.
    """
    # O_NONBLOCK: a named pipe in its place must not hang the service.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        descriptor = os.open(name, flags, dir_fd=directory)
    except FileNotFoundError as error:
        raise KeyringMissing(f"The key file {name} is missing.") from error
    except OSError as error:
        raise KeyringUnsafe(f"The key file {name} is a link or cannot be opened.") from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            raise KeyringUnsafe(f"The key file {name} is not a plain file with one name.")
        _refuse_shared(descriptor, name)
        if status.st_size > MAX_SIZE:
            raise KeyringUnsafe(f"The key file {name} is too large to be one.")
        return file.read(MAX_SIZE)


def write(directory: int, name: str, content: bytes) -> None:
    """Put a secret file in place, whole, replacing one of that name; it survives a power cut."""
    temporary = f".{name}.{token_hex(8)}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, FILE_MODE, dir_fd=directory)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, FILE_MODE)  # whatever the umask took away
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.replace(temporary, name, src_dir_fd=directory, dst_dir_fd=directory)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=directory)
        raise
    os.fsync(directory)


def sync_directory(path: Path) -> None:
    """Make the names in a directory survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_shared(descriptor: int, name: Path | str) -> None:
    """Refuse what somebody else owns or can touch."""
    status = os.fstat(descriptor)
    if status.st_uid != os.geteuid():
        raise KeyringUnsafe(f"{name} belongs to another user.")
    if status.st_mode & _OTHERS:
        mode = stat.S_IMODE(status.st_mode)
        raise KeyringUnsafe(f"{name} has mode {mode:o}: others can read or change it.")
