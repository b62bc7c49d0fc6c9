import type { Fault } from "./fault.ts";

const NETWORK: [pattern: RegExp, reason: string, message: string][] = [
  [/timeout|ETIMEDOUT/i, "timeout", "The call did not end in time."],
  [/ECONNREFUSED/, "connection_refused", "The endpoint refuses connections."],
  [/ENOTFOUND|EAI_AGAIN/, "name_not_found", "The endpoint's host name cannot be resolved."],
  [/CERT|TLS|SSL|altnames/i, "tls", "No trusted TLS connection to the endpoint could be made."],
  [
    /ECONNRESET|EPIPE|other side closed|SOCKET|closed/i,
    "reset",
    "The connection broke before the answer was complete.",
  ],
];

const LONGEST_WORDS = 500;

/** From the error's code and message, of which only what is known goes into the sentence. */
export function classifyNetwork(error: { code?: string | undefined; message: string }): Fault {
  const text = `${error.code ?? ""} ${error.message}`;
  const known = NETWORK.find(([pattern]) => pattern.test(text));
  const message =
    known?.[2] ??
    `The call failed: ${error.message
      .replace(/[\s\p{Cc}]+/gu, " ")
      .trim()
      .slice(0, LONGEST_WORDS)}.`;
  return { kind: "retry", reason: known?.[1] ?? "network", message, waitMs: null };
}
