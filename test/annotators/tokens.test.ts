import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TOKENIZERS } from "../../shared/annotators/annotator.ts";
import { costOf, worstCaseTokens } from "../../shared/annotators/cost/cost.ts";
import { estimateJob } from "../../shared/annotators/cost/estimate.ts";
import { countChatTokens, hasMedia, loadTokenizer } from "../../shared/annotators/cost/tokens.ts";
import { loadRegistry } from "../../shared/annotators/registry/registry.ts";
import { parseSampling } from "../../shared/contracts/messages/sampling.ts";
import { skipUnless } from "../support/skip-unless.ts";

const { resolve } = loadRegistry();
const alpaca = new URL("../../../shared/data/codealpaca/code_alpaca_2k.json", import.meta.url);

describe("tokens of a text", () => {
  test.each([
    ["o200k_base", "hello world", 2],
    ["cl100k_base", "hello world", 2],
    ["o200k_base", "", 0],
    ["cl100k_base", "", 0],
    ["estimate", "", 0],
    ["estimate", " ", 1],
    ["estimate", "hello world", 4],
    ["estimate", "12 + 漢", 5],
  ] as const)("%s of %j are %i", async (name, text, tokens) => {
    expect((await loadTokenizer(name))(text)).toBe(tokens);
  });

  test.each(TOKENIZERS)("%s takes what looks like a special token as plain text", async (name) => {
    const count = await loadTokenizer(name);
    for (const special of ["<|endoftext|>", "<|im_start|>", "<|endofprompt|>", "<|fim_prefix|>"]) {
      expect(count(special)).toBeGreaterThan(1);
      expect(count(`a ${special} b`)).toBeGreaterThan(3);
    }
  });

  test.each(TOKENIZERS)("%s never throws and counts any text that is not empty", async (name) => {
    const count = await loadTokenizer(name);
    const odd = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({
        unit: fc.constantFrom("\ud800", "\udc00", "\u0000", "é", "漢", "😀", " ", "\n", "<|endoftext|>"),
      }),
      fc
        .tuple(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 300 }))
        .map(([text, times]) => text.repeat(times)),
    );
    fc.assert(
      fc.property(odd, (text) => {
        expect(count(text) > 0).toBe(text !== "");
        expect(count(text)).toBeLessThanOrEqual(2 * Buffer.byteLength(text));
      }),
      { numRuns: 300 },
    );
  });

  test.each(TOKENIZERS)("%s counts a megabyte without a break in a bounded time", async (name) => {
    const count = await loadTokenizer(name);
    for (const unit of ["a", "xq", "!", "=-", " ", "\n", "漢字", "A", "7"]) {
      const tokens = count(unit.repeat(1_000_000 / unit.length));
      expect(tokens).toBeGreaterThan(5_000);
    }
  });

  test("a long run counted in pieces is within a few percent of the whole", async () => {
    const { countTokens } = await import("gpt-tokenizer/encoding/o200k_base");
    const count = await loadTokenizer("o200k_base");
    for (const text of ["acgtgctaagcctt".repeat(100), "=".repeat(1_000), "研究人员发现了".repeat(150)]) {
      const whole = countTokens(text);
      expect(count(text)).toBeGreaterThanOrEqual(whole * 0.95);
      expect(count(text)).toBeLessThanOrEqual(whole * 1.05 + 5);
    }
  });

  test.skipIf(skipUnless(existsSync(alpaca), `there are no real rows at ${alpaca.pathname}`))(
    "the estimate is rather too high than too low on real rows",
    async () => {
      const rows: Record<string, string>[] = JSON.parse(readFileSync(alpaca, "utf8"));
      const [exact, estimate] = [await loadTokenizer("o200k_base"), await loadTokenizer("estimate")];
      const texts = rows.map((row) => `${row.instruction}\n${row.input}\n${row.output}`);
      const tooLow = texts.filter((text) => estimate(text) < exact(text)).length;
      const ratio =
        texts.reduce((sum, text) => sum + estimate(text), 0) /
        texts.reduce((sum, text) => sum + exact(text), 0);
      expect(tooLow / texts.length).toBeLessThan(0.02);
      expect(ratio).toBeGreaterThan(1.1);
      expect(ratio).toBeLessThan(1.8);
    },
  );
});

describe("tokens of a chat", () => {
  test("are 4 a message, those of each value, and 2", async () => {
    const count = await loadTokenizer("o200k_base");
    const system = { role: "system", content: "Be brief." };
    const user = { role: "user", content: "hello world", name: "ann" };
    expect(countChatTokens([], count)).toBe(2);
    expect(countChatTokens([user], count)).toBe(2 + 4 + count("user") + 2 + count("ann"));
    expect(countChatTokens([system, user], count)).toBe(
      countChatTokens([user], count) + 4 + count("system") + count("Be brief."),
    );
  });

  test("take an image as one, however many bytes it has, and the text beside it as text", async () => {
    const count = await loadTokenizer("estimate");
    const image = (detail?: string) => ({
      type: "image_url",
      image_url: { url: `data:image/png;base64,${"iVBORw0KGgo/".repeat(50_000)}`, ...(detail && { detail }) },
    });
    const parts = [{ type: "text", text: "what is this?" }];
    const plain = countChatTokens([{ role: "user", content: parts }], count);
    expect(countChatTokens([{ role: "user", content: [...parts, image()] }], count)).toBe(plain + 1_445);
    expect(countChatTokens([{ role: "user", content: [image("low"), ...parts] }], count)).toBe(plain + 85);
    expect(hasMedia([{ role: "user", content: parts }])).toBe(false);
    expect(
      hasMedia([
        { role: "user", content: "image" },
        { role: "user", content: [image()] },
      ]),
    ).toBe(true);
  });

  test("take values that are no text as their JSON, and none as nothing", async () => {
    const count = await loadTokenizer("estimate");
    const parts = [{ type: "text", text: "hello" }];
    expect(countChatTokens([{ role: "user", content: parts, tool_calls: null, x: undefined }], count)).toBe(
      2 + 4 + 1 + count(JSON.stringify(parts)),
    );
  });
});

describe("cost", () => {
  test("is unknown without a price, never 0", () => {
    expect(costOf(null, 1_000, 1_000)).toBeUndefined();
    expect(costOf(undefined, 0, 0)).toBeUndefined();
  });
  test("is dollars per million tokens", () => {
    expect(costOf({ inputPerMillion: 2, outputPerMillion: 8 }, 500_000, 250_000)).toBe(3);
    expect(costOf({ inputPerMillion: 0, outputPerMillion: 0 }, 9, 9)).toBe(0);
  });
  test("is at worst n answers of full length", () => {
    expect(worstCaseTokens(10, { n: 3, max_tokens: 100 })).toBe(310);
  });
});

describe("a job's estimate", () => {
  const annotator = resolve("gpt-4o-mini");
  const row = { messages: [{ role: "user", content: "hello world" }], original: "hello world" };
  const { params } = parseSampling({ n: 2, max_tokens: 100 });

  test("batches cost their share of the price", async () => {
    const job = { rows: [row, row], totalRows: 1_000, annotator, params };
    const [calls, batches] = [
      await estimateJob(job),
      await estimateJob({
        ...job,
        annotator: { ...annotator, batch: { discount: 0.5, enqueuedTokens: null } },
        batch: true,
      }),
    ];
    expect(batches.cost).toEqual({ low: calls.cost!.low / 2, high: calls.cost!.high / 2 });
  });

  test("scales a sample to all rows", async () => {
    const estimate = await estimateJob({ rows: [row, row], totalRows: 1_000, annotator, params });
    expect(estimate).toEqual({
      batch: false,
      rows: 1_000,
      sampled: 2,
      promptTokens: 9_000,
      completionTokens: { low: 4_000, high: 200_000 },
      ownAnswers: true,
      cost: { low: (9_000 * 0.15 + 4_000 * 0.6) / 1e6, high: (9_000 * 0.15 + 200_000 * 0.6) / 1e6 },
      seconds: { low: 40, high: 40 },
      limits: { requestsPerMinute: 1_500, tokensPerMinute: 6_250_000 },
      largestRequestTokens: 209,
    });
  });

  test.each([
    ["usage", 60 * 13],
    ["auto", 60 * 13],
    ["max_tokens", 60 * 209],
  ] as const)(
    "takes the time that the tighter limit allows when the provider charges %s",
    async (charges, low) => {
      const estimate = await estimateJob({
        rows: [row],
        totalRows: 1_000,
        annotator: { ...annotator, charges, limits: { requestsPerMinute: "unlimited", tokensPerMinute: 7 } },
        params,
        limits: { tokensPerMinute: 1_000 },
      });
      expect(estimate.seconds).toEqual({ low, high: 60 * 209 });
    },
  );

  test("knows no cost without a price and takes no time without limits", async () => {
    const estimate = await estimateJob({
      rows: [{ messages: [] }],
      totalRows: 5,
      annotator: { ...annotator, prices: null },
      params,
      limits: { requestsPerMinute: "unlimited", tokensPerMinute: "unlimited" },
    });
    expect(estimate.cost).toBeUndefined();
    expect(estimate.seconds).toEqual({ low: 0, high: 0 });
    expect(estimate.completionTokens.low).toBe(10);
  });

  test("of no rows is nothing", async () => {
    const estimate = await estimateJob({ rows: [], totalRows: 0, annotator, params });
    expect(estimate).toMatchObject({
      promptTokens: 0,
      completionTokens: { low: 0, high: 0 },
      cost: { low: 0, high: 0 },
    });
  });
});
