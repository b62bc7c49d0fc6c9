import { expect, test } from "vitest";
import { collectSend } from "../../services/batch-supervisor/collecting/collect-send.ts";
import { ResultsMissing } from "../../services/batch-supervisor/collecting/results-missing.ts";
import { RowPlaces } from "../../services/batch-supervisor/collecting/row-places.ts";
import { openBatchApi } from "../../shared/batch-api/batch-api.ts";
import { isUnknown } from "../../shared/batch-api/fault.ts";
import { openaiChat } from "../../shared/providers/openai-chat.ts";
import { result } from "../batch-files/folder.ts";
import { batch, content, json, type PlayedProvider, playedProvider } from "../batch-files/played-provider.ts";
import { someSend, someShard } from "./some-shard.ts";

/** Rows 100 to 109 of a batch that says that it answered so many, collected from what the provider gives. */
async function collected(
  provider: PlayedProvider,
  completed: number,
  believeShort = false,
  believeMissing = false,
) {
  await using api = openBatchApi({ baseUrl: provider.url, key: "k", keySource: "the test", attempts: 1 });
  const send = someSend();
  const rows: number[] = [];
  let published: number[] = [];
  const found = await collectSend({
    ...{ api, send, shard: someShard([send]), answersOnly: false, believeShort, believeMissing },
    batch: { ...send.batch!, status: "completed", outputFileId: "out", completed },
    places: new RowPlaces(Uint32Array.from({ length: 10 }, (_, place) => 100 + place)),
    context: {
      ...{ attempt: 1, maxAttempts: 3, budgeted: false, invalidFinishReasons: [], model: "m" },
      provider: openaiChat,
    },
    publisher: () => ({
      add: async (_place, { row }) => void rows.push(row),
      flush: async () => {
        published = rows;
      },
    }),
    signal: AbortSignal.timeout(20_000),
  });
  return { ...found, published };
}

const lines = (...ids: string[]) =>
  ids.map((id) => `${JSON.stringify(result(id, { content: "Yes." }))}\n`).join("");

test("lines of rows that the batch does not hold, or that come twice, are counted and touch no row", async () => {
  await using provider = await playedProvider();
  provider.on("GET /files/out/content", content(lines("100", "99", "row-1", "100", "110", "109")));
  const { done, unknown, published, settled } = await collected(provider, 6);
  expect({ done, unknown, published, settled: [...settled] }).toEqual({
    ...{ done: 2, unknown: 4 },
    ...{ published: [100, 109], settled: [0, 9] },
  });
});

test("a file that lacks lines is read again; believed at last, it gives what it holds", async () => {
  await using provider = await playedProvider();
  provider.on("GET /files/out/content", content(lines("101", "102")));
  await expect(collected(provider, 5)).rejects.toThrow(
    "The files of batch batch_1 hold 2 results, but it has counted 5: reading them again.",
  );
  expect([...(await collected(provider, 5, true)).settled]).toEqual([1, 2]);
});

test("a file that is cut within its last line lacks that line", async () => {
  await using provider = await playedProvider();
  provider.on("GET /files/out/content", content(lines("101", "102").slice(0, -30)));
  await expect(collected(provider, 2)).rejects.toThrow("hold 1 results, but it has counted 2");
  const { done, unknown, settled } = await collected(provider, 2, true);
  expect({ done, unknown, settled: [...settled] }).toEqual({ done: 1, unknown: 1, settled: [1] });
});

test("a file that is gone is done without only where nobody wants its rows, and its batch is known", async () => {
  await using provider = await playedProvider();
  await expect(collected(provider, 5)).rejects.toSatisfy(isUnknown);
  provider.on("GET /batches/batch_1", json(batch("batch_1", "completed")));
  await expect(collected(provider, 5)).rejects.toThrow(ResultsMissing);
  expect((await collected(provider, 5, false, true)).settled.size).toBe(0);
});
