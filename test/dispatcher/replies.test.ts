import { expect, test } from "vitest";
import { startSimulator } from "../../services/openai-simulator/simulator.ts";
import { completionsWantedAgain } from "../../shared/contracts/completion-chunk.ts";
import { type Reply, type ReplyChunk, repliesMade } from "../../shared/contracts/reply-chunk.ts";
import { publishDurably } from "../../shared/runtime/publish.ts";
import { consumeWork } from "../../shared/runtime/pulling/work.ts";
import { ensureWorker, ensureWorkQueue } from "../../shared/runtime/streams.ts";
import { againStream, replyStream, workStreamBytes } from "../../shared/topology.ts";
import { KEY, startDispatcher } from "../support/dispatcher.ts";
import { startNats } from "../support/nats.ts";
import { messagesOf, playCoordinator, ROUTE } from "../support/played-coordinator.ts";
import { until } from "../support/until.ts";

const STREAM_BYTES = workStreamBytes({ rows: 10_000, bytes: 0 });

test("a job whose replies are judged gets them with their chats and what they carried, also from work that came up later", async () => {
  await using nats = await startNats();
  await using coordinator = await playCoordinator(nats);
  await using simulator = await startSimulator({
    apiKeys: [KEY],
    tokenizer: "bytes",
    poison: [{ marker: "question 7?", fault: "400" }],
  });
  const { broker } = coordinator;
  const job = await coordinator.job({ returnTo: "judge" });
  const [replies, again] = [replyStream(job.id, job.run), againStream(job.id, ROUTE)];
  await ensureWorkQueue(broker, replies, repliesMade.subject(job.id, job.run), STREAM_BYTES);
  await ensureWorker(broker, replies, "judge", 5_000);
  await ensureWorkQueue(broker, again, completionsWantedAgain.subject(job.id, ROUTE), STREAM_BYTES);
  await ensureWorker(broker, again, "dispatcher", 5_000);
  await using _ = await startDispatcher(nats, { OPENAI_BASE_URL: simulator.url });
  const seen = new Map<number, Reply>();
  consumeWork<ReplyChunk>(broker, {
    contract: repliesMade,
    stream: replies,
    durable: "judge",
    concurrency: 8,
    ackWaitMs: 5_000,
    handle: async ({ body }) => {
      for (const reply of body.results) seen.set(reply.row, reply);
    },
  });
  await job.feed(0, 10, { carry: (row) => `of ${row}` });
  const more = { row: 10, messages: messagesOf(10), carry: "second" };
  await publishDurably(broker, completionsWantedAgain, [job.id, ROUTE], {
    job: job.id,
    run: job.run,
    single: false,
    rows: [more],
  });
  await until("all replies are there", () => seen.size === 11, { seen: () => [...seen.keys()] });
  const { line, ...third } = seen.get(3)!;
  expect(third).toMatchObject({ row: 3, ok: true, messages: messagesOf(3), carry: "of 3" });
  expect(JSON.parse(line).choices[0].text).toContain("[simulated");
  expect(seen.get(10)).toMatchObject({ ok: true, messages: messagesOf(10), carry: "second" });
  expect(seen.get(7)).toMatchObject({ ok: false, messages: "", carry: "of 7" });
  expect(job.results).toEqual([]);
});
