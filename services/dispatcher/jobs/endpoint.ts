import type { Annotator } from "../../../shared/annotators/annotator.ts";
import { keyStatus } from "../../../shared/annotators/keys.ts";
import { readVariable } from "../../../shared/runtime/config.ts";
import { keepOutOfLogs } from "../../../shared/runtime/log.ts";
import type { Endpoint } from "../calling/chat-client.ts";

/** Calls to this host are answered at once and without HTTP, where that is allowed: it measures the transport alone. */
const NOOP_HOST = "noop.invalid";

export type EndpointStatus = { ok: true; endpoint: Endpoint | "noop" } | { ok: false; fault: string };

/** Where an annotator's calls go, with its key; or one sentence that says why there is none. */
export function endpointOf(annotator: Annotator, allowNoop: boolean): EndpointStatus {
  const url = new URL(`${annotator.baseUrl}/chat/completions`);
  if (allowNoop && url.hostname === NOOP_HOST) return { ok: true, endpoint: "noop" };
  const status = keyStatus(annotator, readVariable);
  if (!status.ok) return status;
  const headers = ["content-type", "application/json", "accept", "application/json", "user-agent", "assay"];
  for (const [name, value] of Object.entries(annotator.headers)) headers.push(name.toLowerCase(), value);
  if (status.key !== undefined) {
    keepOutOfLogs(status.key);
    headers.push("authorization", `Bearer ${status.key}`);
  }
  return { ok: true, endpoint: { origin: url.origin, path: url.pathname, headers } };
}

/** What of an endpoint must not be shown. */
export function secretsOf(endpoint: Endpoint): string[] {
  const at = endpoint.headers.indexOf("authorization");
  return at === -1 ? [] : [endpoint.headers[at + 1]!.replace(/^Bearer /, "")];
}
