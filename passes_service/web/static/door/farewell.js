// When this phone stops being a gate: what it wrote is handed over first.

import * as api from "./api.js";
import * as identities from "./identity.js";
import { uploadWaiting, waiting } from "./upload.js";

/** Hands over what a revoked gate still holds: it is evidence, and lets nobody in. */
export function handOver() {
  uploadWaiting(api.upload, () => {}).catch(() => {}); // at the next visit, then
}

/** Forgets the gate; asks once more where scans would go with it. */
export async function forget(button) {
  const left = await waiting().catch(() => []);
  if (left.length && !button.dataset.sure) {
    button.dataset.sure = "yes";
    button.textContent = `Forget it, and ${left.length} ${left.length === 1 ? "scan that was" : "scans that were"} not handed over`;
    return;
  }
  await identities.forget().catch(() => api.gateKey.forget());
  location.reload();
}
