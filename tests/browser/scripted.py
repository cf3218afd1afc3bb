"""A wallet in Chromium that does as it is told; a real node holds its key and signs for it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext

from passes_service.chain.errors import NodeRefused
from tests.chain.local import CHAIN_ID, LocalChain

FORWARDED = ("personal_sign", "eth_signTypedData_v4", "eth_sendTransaction")
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E"
    "%3Crect width='8' height='8' rx='2' fill='{}'/%3E"
    "%3Cscript%3Ewindow.top.pwned = true%3C/script%3E%3C/svg%3E"
)
_PAGE = """
({ id, name, icon, old }) => {
  const provider = {
    async request({ method, params }) {
      const said = JSON.parse(await window.askWallet(id, method, JSON.stringify(params ?? [])));
      if (said.error) throw Object.assign(new Error(said.error.message), said.error);
      return said.result;
    },
    on() {},
    removeListener() {},
  };
  if (old) {
    window.ethereum = provider;
    return;
  }
  const detail = Object.freeze({
    info: Object.freeze({ uuid: id, name, icon, rdns: "test." + id }),
    provider,
  });
  const announce = () =>
    window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  window.addEventListener("eip6963:requestProvider", announce);
  announce();
}
"""


@dataclass
class ScriptedWallet:
    """What the wallet is and how it answers; `asked` lists what pages wanted, in order."""

    chain: LocalChain
    account: str
    name: str = "Test Wallet"
    icon: str = ICON.format("%23c33")
    chain_id: int = CHAIN_ID
    known: set[int] = field(default_factory=lambda: {CHAIN_ID})
    refusals: dict[str, tuple[int, str]] = field(default_factory=dict)
    old: bool = False
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def answer(self, method: str, params: Any) -> Any:
        """Answer one request, or raise `Refused`."""
        self.asked.append((method, params))
        if method in self.refusals:
            raise Refused(*self.refusals[method])
        if method in ("eth_requestAccounts", "eth_accounts"):
            return [self.account]
        if method == "eth_chainId":
            return hex(self.chain_id)
        if method == "wallet_switchEthereumChain":
            wanted = int(params[0]["chainId"], 16)
            if wanted not in self.known:
                raise Refused(4902, "Unrecognized chain ID.")
            self.chain_id = wanted
            return None
        if method in FORWARDED:
            return self.chain.rpc(method, *params)
        raise Refused(-32601, f"The method {method} does not exist.")


class Refused(Exception):
    """The wallet answers with an error of EIP-1193."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


DECLINED = (4001, "User rejected the request.")


def install(context: BrowserContext, *wallets: ScriptedWallet) -> None:
    """Put wallets into every page of a browser window."""
    by_id = {f"wallet-{number}": wallet for number, wallet in enumerate(wallets)}

    def ask(number: str, method: str, params: str) -> str:
        try:
            return json.dumps({"result": by_id[number].answer(method, json.loads(params))})
        except Refused as error:
            return json.dumps({"error": {"code": error.code, "message": str(error)}})
        except NodeRefused as error:
            return json.dumps({"error": {"code": error.rpc_code, "message": error.detail}})

    context.expose_function("askWallet", ask)
    for number, wallet in by_id.items():
        spec = {"id": number, "name": wallet.name, "icon": wallet.icon, "old": wallet.old}
        context.add_init_script(f"({_PAGE})({json.dumps(spec)})")
