import { describe, expect, test } from "vitest";
import { batchSpecOf } from "../../shared/annotators/batch-spec.ts";
import { loadRegistry } from "../../shared/annotators/registry/registry.ts";

const registry = loadRegistry();
const specOf = (name: string, fields: Parameters<typeof batchSpecOf>[2]) =>
  batchSpecOf(name, registry.resolve(name), fields);

test("without batch there is none; with it, what is not given is the documented default", () => {
  expect(specOf("gpt-4o-mini", { batch: false })).toBeNull();
  expect(specOf("gpt-4o-mini", { batch: true })).toMatchObject({
    ...{ maxBatchSize: null, pollMs: 60_000, hedge: "batch", maxHedgeCost: 0.05, reconcileWaitMs: 120_000 },
    ...{ discount: 0.5, enqueuedTokens: null },
  });
});

describe("what cannot be is one sentence", () => {
  test.each<[fields: Parameters<typeof batchSpecOf>[2], says: string]>([
    [
      { batch: false, hedge: "off" },
      "hedge means something with batch only: give batch too, or leave it out.",
    ],
    [
      { batch: false, max_batch_size: 5, poll: 1 },
      "max_batch_size and poll mean something with batch only: give batch too, or leave them out.",
    ],
  ])("%j", (fields, says) => {
    expect(() => specOf("gpt-4o-mini", fields)).toThrow(says);
  });

  test("a model whose endpoint has no batches", () => {
    expect(() => specOf("llama3-405b", { batch: true })).toThrow("Annotator llama3-405b takes no batches");
  });
});
