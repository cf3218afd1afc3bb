// What the page shows of an entry of this gate's own log: the same members as the service's answer,
// and `alone`, the hub's name or true.

const ADMITTED = "Let in, as the host decided.";

/** Returns the outcome of a record of the log. */
export function outcomeOf({ entry, shown = {}, sent, sequence }) {
  const forced = entry.forced !== "";
  return {
    code: forced ? "ADMIT_PROVISIONAL" : entry.code,
    sentence: forced ? ADMITTED : shown.sentence ?? "",
    decided_by: forced ? `force:${entry.code}` : entry.rule,
    decided_at: new Date(entry.at + (entry.offset ?? 0)).toISOString(),
    session_id: entry.session,
    pass_id: entry.pass,
    pass_label: shown.label ?? "",
    series_title: shown.title ?? "",
    holder_name: "",
    check_in_id: null,
    number: shown.number ?? null,
    first: shown.first ?? null,
    typed: entry.typed,
    forced,
    forceable: !forced && Boolean(shown.forceable),
    annulled: false,
    nonce: entry.nonce,
    sequence,
    waiting: sent === null,
    alone: entry.via === "hub" ? shown.hub ?? "the hub" : true,
  };
}

/** Returns the outcomes of a session's scans that the service does not show yet, newest first. */
export function unsent(records, session) {
  const annulled = new Set(records.filter((one) => one.entry.kind === "annul").map((one) => one.entry.of));
  return records
    .filter((one) => one.sent === null && one.entry.session === session && ["enter", "exit"].includes(one.entry.kind))
    .map((one) => ({ ...outcomeOf(one), annulled: annulled.has(one.entry.nonce) }))
    .reverse();
}

/** Returns what the scans that wait add to the service's counters of a session. */
export function counted(records, session) {
  const found = { inside: 0, left: 0, refused: 0 };
  const waiting = new Map(unsent(records, session).map((one) => [one.nonce, one]));
  for (const one of waiting.values()) {
    if (one.code === "ADMIT_PROVISIONAL" && !one.annulled) found.inside += 1;
    else if (one.code === "EXIT") { found.inside -= 1; found.left += 1; }
    else if (one.code !== "ADMIT_PROVISIONAL") found.refused += 1;
  }
  for (const { sent, entry } of records) {
    // Taken back here, but the service still counts it.
    if (entry.kind === "annul" && sent === null && entry.session === session && !waiting.has(entry.of)) found.inside -= 1;
  }
  return found;
}
