// Calls to the service. A call that did not reach it is not a refusal: the caller tries again.

const GATE = "door.gate";
const TIMEOUT = 8000;

/** The service could not be reached, or could not answer: nothing is known of the outcome. */
export class Unreachable extends Error {}

/** The service refused the request itself (RFC 9457 problem). */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail || "The request was refused.");
    this.status = status;
    this.problem = problem;
  }
}

export const gateKey = {
  get: () => localStorage.getItem(GATE),
  set: (token) => localStorage.setItem(GATE, token),
  forget: () => localStorage.removeItem(GATE),
};

/** A fresh nonce: the same one again repeats the same scan. */
export function newNonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function call(method, path, body) {
  const headers = { Accept: "application/json" };
  const token = gateKey.get();
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  let answer;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT),
    });
    answer = await response.json();
  } catch (error) {
    throw new Unreachable("No answer from the service.", { cause: error });
  }
  if (response.status >= 500 || response.status === 429) {
    throw new Unreachable("The service could not answer.");
  }
  if (!response.ok) throw new Refused(response.status, answer);
  return answer;
}

export const here = () => call("GET", "/door");
export const counters = (session) => call("GET", `/sessions/${session}/door`);
export const lastScans = (session) => call("GET", `/sessions/${session}/scans`);
export const annul = (checkIn) => call("POST", `/check-ins/${checkIn}/annul`);

/** Send one scan; `ask` keeps its nonce, so sending it again is safe. */
export function send(ask) {
  const body = { session_id: ask.session, text: ask.text, nonce: ask.nonce };
  if (ask.way === "out") return call("POST", "/check-ins/exits", body);
  return call("POST", "/check-ins", { ...body, force_reason: ask.reason || "" });
}
