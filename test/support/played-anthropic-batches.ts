import { errorOf, type MessagesRequest, requestRefusal } from "./played-anthropic.ts";
import { type HttpAnswer, type PlayedHttp, playHttp } from "./played-http.ts";

interface Request {
  custom_id: string;
  params: MessagesRequest;
}

export interface PlayedBatch {
  id: string;
  requests: Request[];
  status: "in_progress" | "canceling" | "ended";
  cancelled: boolean;
}

export interface PlayedBatches extends PlayedHttp {
  readonly url: string;
  readonly batches: PlayedBatch[];
  /** The answer to a creation gets lost, though there is the batch. */
  loseNext: boolean;
}

/** Anthropic's message batches: they end as soon as they are looked at. @param resultOf of a request */
export async function playAnthropicBatches(
  key: string,
  resultOf: (request: Request) => object = succeeded,
): Promise<PlayedBatches> {
  const batches: PlayedBatch[] = [];
  const http = await playHttp(({ method, path, headers, text }): HttpAnswer => {
    if (headers["x-api-key"] !== key) return errorOf(401, "authentication_error", "invalid x-api-key");
    const { pathname, searchParams } = new URL(path, "http://x");
    const [id, action] = pathname.replace("/v1/messages/batches", "").split("/").slice(1);
    if (id === undefined && method === "POST") return create(text);
    if (id === undefined) return list(searchParams);
    const batch = batches.find((one) => one.id === id);
    if (batch === undefined) return errorOf(404, "not_found_error", "Not found");
    if (action === "results") return results(batch);
    if (action === "cancel") batch.cancelled = true;
    batch.status = action === "cancel" ? "canceling" : "ended";
    return { body: shown(batch) };
  });
  const create = (text: string): HttpAnswer => {
    const { requests } = JSON.parse(text) as { requests: Request[] };
    const bad = requests.find(({ custom_id }) => !/^[a-zA-Z0-9_-]{1,64}$/.test(custom_id));
    const refusal = requests.map(({ params }) => requestRefusal(params)).find(Boolean);
    if (bad || refusal || requests.length === 0)
      return refusal ?? errorOf(400, "invalid_request_error", "requests: wrong");
    const batch: PlayedBatch = {
      id: `msgbatch_${batches.length}`,
      requests,
      status: "in_progress",
      cancelled: false,
    };
    batches.push(batch);
    if (!played.loseNext) return { body: shown(batch) };
    played.loseNext = false;
    return { status: 502, body: "<html><title>Bad gateway</title></html>" };
  };
  const list = (query: URLSearchParams): HttpAnswer => {
    const newest = batches.toReversed();
    const from = newest.findIndex(({ id }) => id === query.get("after_id")) + 1;
    const data = newest.slice(from, from + Number(query.get("limit") ?? 20));
    for (const batch of data) batch.status = "ended";
    return { body: { data: data.map(shown), has_more: from + data.length < newest.length } };
  };
  const results = ({ requests }: PlayedBatch): HttpAnswer => ({
    body: requests
      .map((one) => `${JSON.stringify({ custom_id: one.custom_id, result: resultOf(one) })}\n`)
      .join(""),
  });
  const shown = ({ id, requests, status, cancelled }: PlayedBatch) => {
    const types = requests.map((one) => (resultOf(one) as { type: string }).type);
    const counted = (type: string) => (status === "ended" ? types.filter((one) => one === type).length : 0);
    const moment = new Date().toISOString();
    return {
      ...{ id, type: "message_batch", processing_status: status, created_at: moment, expires_at: moment },
      request_counts: {
        processing: status === "ended" ? 0 : requests.length,
        ...Object.fromEntries(
          ["succeeded", "errored", "canceled", "expired"].map((type) => [type, counted(type)]),
        ),
      },
      ended_at: status === "ended" ? moment : null,
      cancel_initiated_at: cancelled ? moment : null,
      results_url: status === "ended" ? `https://elsewhere.example/${id}` : null,
    };
  };
  const played = Object.assign(http, { url: `${http.origin}/v1`, batches, loseNext: false });
  return played;
}

export function succeeded({ custom_id }: Request): object {
  const message = {
    ...{ id: "msg_1", type: "message", role: "assistant", model: "claude-test" },
    ...{ content: [{ type: "text", text: `Answer ${custom_id}` }], stop_reason: "end_turn" },
    usage: { input_tokens: 12, output_tokens: 7 },
  };
  return { type: "succeeded", message };
}
