import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { openRequestTexts } from "../../services/batch-supervisor/collecting/request-texts.ts";
import { requestLines } from "../../shared/batch-lane/request-line.ts";
import { shardWriter } from "../../shared/batch-lane/shard-blob.ts";
import { openBlobs } from "../../shared/runtime/blobs.ts";
import { openBroker } from "../../shared/runtime/broker.ts";
import { ensureTopology } from "../../shared/runtime/streams.ts";
import { startNats } from "../support/nats.ts";

const folder = mkdtempSync(join(tmpdir(), "assay-texts-"));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test("what a shard's requests said is found by place, in files that no killed supervisor can leave behind", async () => {
  await using nats = await startNats();
  await using stack = new AsyncDisposableStack();
  const broker = await openBroker(nats.url("coordinator"), "admin", 5000);
  stack.defer(() => broker.close());
  await ensureTopology(broker);
  const blobs = openBlobs(broker);
  const requests = requestLines({ request: { model: "m", max_tokens: 7 }, batch: null });
  const writer = shardWriter(blobs, "0123456789abcdef.1.0.a", { carries: true });
  const said = (row: number) => JSON.stringify([{ role: "user", content: `${"ü".repeat(row)} ${row}` }]);
  for (let row = 0; row < 2_000; row++)
    await writer.write(row, requests.line(row, said(row)), `{"of":${row}}`);
  await writer.close();

  vi.stubEnv("TMPDIR", folder);
  const signal = new AbortController().signal;
  await using texts = await openRequestTexts(blobs, "0123456789abcdef.1.0.a", requests, signal);
  expect(readdirSync(folder)).toEqual([]);
  for (const place of [1_999, 0, 777])
    expect(await texts.of(place)).toEqual({ messages: said(place), carry: `{"of":${place}}` });
  const gone = openRequestTexts(blobs, "0123456789abcdef.1.0.b", requests, signal);
  await expect(gone).rejects.toThrow();
  expect(readdirSync(folder)).toEqual([]);
});
