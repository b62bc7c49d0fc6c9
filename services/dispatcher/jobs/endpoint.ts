import type { Annotator } from "../../../shared/annotators/annotator.ts";
import { keyStatus } from "../../../shared/annotators/keys.ts";
import { callAddress } from "../../../shared/providers/call-address.ts";
import { keepOutOfLogs } from "../../../shared/runtime/log.ts";
import { readVariable } from "../../../shared/runtime/process/config.ts";
import type { Endpoint } from "../calling/chat-client.ts";

/** Calls to this host are answered at once and without HTTP, where that is allowed: it measures the transport alone. */
const NOOP_HOST = "noop.invalid";

export type EndpointStatus = { ok: true; endpoint: Endpoint | "noop" } | { ok: false; fault: string };

/** Where an annotator's calls go, with its key; or one sentence that says why there is none. */
export function endpointOf(annotator: Annotator, allowNoop: boolean): EndpointStatus {
  if (allowNoop && new URL(annotator.baseUrl).hostname === NOOP_HOST) return { ok: true, endpoint: "noop" };
  const status = keyStatus(annotator, readVariable);
  if (!status.ok) return status;
  const { key } = status;
  if (key !== undefined) keepOutOfLogs(key);
  const { url, headers } = callAddress(annotator, key);
  const endpoint: Endpoint = {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    headers: Object.entries(headers).flat(),
    secrets: key === undefined ? [] : [key],
  };
  return { ok: true, endpoint };
}
