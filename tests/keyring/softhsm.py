"""A real PKCS#11 token for tests: SoftHSM2 with a directory of its own."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any

import pkcs11
from asn1crypto.keys import ECDomainParameters, NamedCurve

PIN = "428911"
LABEL = "passes"
_LIBRARIES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/lib/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)


def library() -> Path | None:
    """Return where SoftHSM2 is installed, if it is."""
    if which("softhsm2-util") is None:
        return None
    return next((path for path in map(Path, _LIBRARIES) if path.exists()), None)


@dataclass(frozen=True)
class Token:
    """An initialised token and the file with its PIN."""

    module: Path
    pin_file: Path

    def address(self, label: str) -> str:
        return (
            f"pkcs11:token={LABEL};object={label}"
            f"?module-path={self.module}&pin-source=file:{self.pin_file}"
        )

    def make_key(self, label: str, curve: str = "secp256k1") -> None:
        """Draw a key pair inside the token."""
        with self.session() as session:
            named = ECDomainParameters(name="named", value=NamedCurve(curve)).dump()
            parameters = session.create_domain_parameters(
                pkcs11.KeyType.EC, {pkcs11.Attribute.EC_PARAMS: named}, local=True
            )
            parameters.generate_keypair(store=True, label=label)

    def session(self) -> Any:
        token = pkcs11.lib(str(self.module)).get_token(token_label=LABEL)
        return token.open(rw=True, user_pin=PIN)


def make(folder: Path, module: Path) -> Token:
    """Initialise a token below `folder`; SOFTHSM2_CONF must name `folder`/softhsm2.conf already."""
    (folder / "tokens").mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    subprocess.run(
        [
            "softhsm2-util",
            "--init-token",
            "--free",
            "--label",
            LABEL,
            "--pin",
            PIN,
            "--so-pin",
            PIN,
        ],
        check=True,
        capture_output=True,
        env=os.environ | {"SOFTHSM2_CONF": str(conf)},
    )
    private = folder / "private"
    private.mkdir(mode=0o700)
    pin_file = private / "pin"
    pin_file.write_text(PIN + "\n")
    pin_file.chmod(0o600)
    return Token(module, pin_file)
