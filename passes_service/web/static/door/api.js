// Calls to the service. A call that did not reach it is not a refusal: the caller tries again.

import * as clock from "./clock.js";

const GATE = "door.gate";
const STAFF = "door.staff";
const TIMEOUT = 8000;

/** The service could not be reached, or could not answer: nothing is known of the outcome. */
export class Unreachable extends Error {}

/** The service refused the request itself (RFC 9457 problem). */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem?.detail || "The request was refused.");
    this.status = status;
    this.problem = problem ?? {};
  }
}

export const gateKey = {
  get: () => localStorage.getItem(GATE),
  set(token) {
    localStorage.setItem(GATE, token);
    localStorage.removeItem(STAFF);
  },
  /** Puts the token back that the gate's own store has, unless staff took over this phone. */
  restore(token) {
    if (!localStorage.getItem(GATE) && !localStorage.getItem(STAFF)) localStorage.setItem(GATE, token);
  },
  forget() {
    localStorage.removeItem(GATE);
    localStorage.setItem(STAFF, "yes");
  },
};

/** The name of the hub that this page came from, or null; learned from every answer. */
export let hubName = null;

/** A fresh nonce: the same one again repeats the same scan. */
export function newNonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function ask(method, address, { body, timeout = TIMEOUT, accept = "application/json", token, headers: more, hear429 = false } = {}) {
  const headers = { Accept: accept, ...more };
  const bearer = token ?? gateKey.get();
  if (bearer) headers.Authorization = `Bearer ${bearer}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(address, {
      ...{ method, headers, cache: "no-store", signal: AbortSignal.timeout(timeout) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    throw new Unreachable("No answer from the service.", { cause: error });
  }
  const name = response.headers.get("EventPass-Hub");
  if (name) hubName = decodeName(name);
  if (response.status >= 500 || (response.status === 429 && !hear429)) throw new Unreachable("The service could not answer.");
  return response;
}

function decodeName(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

export async function call(method, path, body, options = {}) {
  const asked = Date.now();
  const response = await ask(method, `/api/v1${path}`, { ...options, body });
  return answerOf(response, asked);
}

/** A call to the hub itself, which knows what its gates did. */
export async function callHub(method, path, body, timeout) {
  return answerOf(await ask(method, `/hub/v1${path}`, { body, timeout }), Date.now(), false);
}

async function answerOf(response, asked, tellsTime = true) {
  let answer;
  try {
    answer = await response.json();
  } catch (error) {
    if (!response.ok) throw new Refused(response.status, null);
    throw new Unreachable("The answer was cut short.", { cause: error });
  }
  if (!response.ok) throw new Refused(response.status, answer);
  if (tellsTime && typeof answer.now === "string") clock.observe(answer.now, asked, Date.now());
  return answer;
}

/** Returns the bytes of an answer, or null where there is nothing new. */
export async function fetchBytes(path, timeout = 20_000) {
  const response = await ask("GET", `/api/v1${path}`, { accept: "*/*", timeout });
  if (response.status === 204) return null;
  try {
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    throw new Refused(response.status, await response.json().catch(() => null));
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Unreachable("The answer was cut short.", { cause: error });
  }
}

export const here = (timeout) => call("GET", "/door", undefined, { timeout });
export const counters = (session) => call("GET", `/sessions/${session}/door`);
export const lastScans = (session) => call("GET", `/sessions/${session}/scans`);
export const annul = (checkIn) => call("POST", `/check-ins/${checkIn}/annul`);
export const enrol = (link, body) => call("POST", "/gates/enrolments", body, { token: link });
export const upload = (entries) => call("POST", "/gate/entries", { entries }, { timeout: 20_000 });
export const bundles = (session, since) =>
  fetchBytes(`/gate/bundles/${session}${since === null ? "" : `?since=${since}`}`);
export const sealed = (session) => fetchBytes(`/gate/bundles/${session}/sealed`);

/** Send one scan; `ask` keeps its nonce, so sending it again is safe. */
export function send(asked, timeout) {
  const body = { session_id: asked.session, text: asked.text, nonce: asked.nonce };
  if (asked.way === "out") return call("POST", "/check-ins/exits", body, { timeout });
  return call("POST", "/check-ins", { ...body, force_reason: asked.reason || "" }, { timeout });
}
