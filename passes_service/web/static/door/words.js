// What a decision looks and sounds like: a tone, a big word, a shape. Never a colour alone.

const SHAPES = {
  go: "M18 53 L41 76 L83 27",
  // Let in by this gate alone: a tick in a ring, so that it can be told apart at a glance.
  alone: "M50 7 A43 43 0 1 1 49.9 7 M29 52 L45 67 L72 36",
  hold: "M50 14 V60 M50 84 V84.1",
  stop: "M24 24 L76 76 M76 24 L24 76",
};

// Amber is what the person in front of the gate can put right; red is what they cannot.
const CODES = {
  ADMIT: ["go", "Admit"],
  ADMIT_PROVISIONAL: ["go", "Come in", "alone"],
  EXIT: ["go", "Goodbye"],
  TOO_EARLY: ["hold", "Too early"],
  FULL: ["hold", "Full"],
  STALE: ["hold", "Old code"],
  EXPIRED: ["hold", "Expired"],
  MALFORMED: ["hold", "Not a pass"],
  WRONG_SESSION: ["hold", "Wrong session"],
  NOT_INSIDE: ["hold", "Not inside"],
  DUPLICATE: ["stop", "Duplicate"],
  REVOKED: ["stop", "Revoked"],
  UNKNOWN: ["stop", "Unknown"],
  BAD_SIGNATURE: ["stop", "Not genuine"],
  TOO_LATE: ["stop", "Too late"],
};

export function looks(code) {
  const [tone, word, shape = tone] = CODES[code] || ["stop", code];
  return { tone, word, shape: SHAPES[shape], ring: shape === "alone" };
}

export const admitted = (code) => code === "ADMIT" || code === "ADMIT_PROVISIONAL";

/** Who decided, where it was not the service. */
export function decidedBy(outcome) {
  if (!outcome.alone) return "";
  return outcome.alone === true ? "Checked without network" : `Checked at hub ${outcome.alone}`;
}

/** The time of day at the place of the session. */
export function clock(instant, zone) {
  const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
  return new Intl.DateTimeFormat("en-GB", options).format(new Date(instant));
}

export function day(instant, zone) {
  const options = { weekday: "short", day: "numeric", month: "short", timeZone: zone };
  return new Intl.DateTimeFormat("en-GB", options).format(new Date(instant));
}
