import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { expect, test } from "vitest";
import { startDispatcher, type TestDispatcher } from "../support/dispatcher.ts";
import { answerTo } from "../support/played-worker.ts";
import { allAnswered, annotationsOf, linesOf, startSystem } from "../support/system.ts";

const ROWS = 30;
const POISON = 7;
/** As short as may be: a chunk comes again that long after its worker died. */
const QUICK = { ASSAY_ACK_WAIT_MS: "1000", ASSAY_ROUTE_LEASE_MS: "500" };

test("a row that kills every worker that takes it fails at last, and all others get their answers", {
  timeout: 180_000,
}, async () => {
  await using system = await startSystem();
  await system.coordinator({ environment: { ASSAY_ACK_WAIT_MS: "1000" } });
  const workers = new Map<string, TestDispatcher>();
  const births: Promise<unknown>[] = [];
  let deaths = 0;
  let over = false;
  // The provider's address tells which worker calls.
  const provider = await startProvider(async (row, replica) => {
    if (row !== POISON) return answerTo(row);
    deaths += 1;
    await workers.get(replica)?.kill();
    if (!over) births.push(bear(replica));
    return undefined;
  });
  const bear = async (replica: string) => {
    const environment = {
      ...QUICK,
      ASSAY_REPLICA: replica,
      OPENAI_BASE_URL: `${provider.url}/${replica}/v1`,
    };
    workers.set(replica, await startDispatcher(system.nats, environment));
  };
  try {
    await Promise.all(["worker-a", "worker-b", "worker-c"].map(bear));
    const job = await system.start({
      dataset: system.dataset(ROWS),
      max_requests_per_minute: "unlimited",
      max_tokens_per_minute: "unlimited",
    });
    const view = await system.over(job, 150_000);
    expect(view).toMatchObject({ state: "completed_with_errors", done: ROWS - 1, failed: 1 });
    const errors = linesOf(join(view.outputFolder, "errors.jsonl"));
    expect(errors).toEqual([expect.objectContaining({ row: POISON, reason: "poison" })]);
    expect(annotationsOf(view)).toEqual(allAnswered(ROWS, [POISON]));
    // Nine times in its chunk, nine times alone: at the tenth it is not called any more.
    expect(deaths).toBeGreaterThan(1);
    expect(deaths).toBeLessThanOrEqual(18);
  } finally {
    over = true;
    await Promise.allSettled(births);
    await Promise.all([...workers.values()].map((worker) => worker.kill()));
    await provider[Symbol.asyncDispose]();
  }
});

/** A provider of chat completions; where `answer` gives nothing the caller waits in vain. */
async function startProvider(
  answer: (row: number, replica: string) => Promise<string | undefined>,
): Promise<AsyncDisposable & { url: string }> {
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const replica = request.url?.split("/")[1] ?? "";
    const body = (await json(request)) as { model: string; messages: { content: string }[] };
    const row = Number(/question (\d+)/.exec(body.messages.at(-1)!.content)![1]);
    const content = await answer(row, replica);
    if (content === undefined) return;
    const choices = [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }];
    const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ id: "c", object: "chat.completion", model: body.model, choices, usage }));
  };
  // A worker that is killed cuts its calls off.
  const server = createServer((request, response) => void handle(request, response).catch(() => {}));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
