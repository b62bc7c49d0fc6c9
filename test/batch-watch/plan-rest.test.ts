import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Batch } from "../../shared/batch-api/batch.ts";
import type { LineFate } from "../../tools/batch-watch/planning/line-fate.ts";
import { isWhole, planRest } from "../../tools/batch-watch/planning/plan-rest.ts";
import { RESENT, type Resendable } from "../../tools/batch-watch/planning/resend-policy.ts";
import { folder, request } from "../batch-files/folder.ts";

const FATES = ["answered", "failed", "again", "unfinished", undefined] as const;
const STATES = ["completed", "expired", "cancelled", "failed"] as const;

function batchOf(status: (typeof STATES)[number], changes: Partial<Batch> = {}): Batch {
  const known = { id: "batch_b", endpoint: "/v1/chat/completions", input_file_id: "file-i", created_at: 1 };
  return { ...known, status, ...changes };
}

interface Given {
  batch?: Batch;
  lines: unknown[];
  fates?: Map<string, LineFate>;
  kinds?: readonly Resendable[];
  attempt?: number;
  answersGone?: boolean;
  rebuilt?: boolean;
}

async function planned({ lines, kinds = RESENT, ...given }: Given) {
  await using place = await folder();
  const texts = lines.map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  const requests = texts.map((text, index) => ({ line: index + 1, text: Buffer.from(text) }));
  const plan = await planRest({
    ...{ batch: batchOf("expired"), attempt: 1, fates: new Map(), answersGone: false, rebuilt: false },
    ...given,
    requests: (async function* () {
      yield* requests;
    })(),
    policy: { kinds: new Set(kinds), ofJobs: false, maxAttempts: 3 },
    restPath: place.at("rest.jsonl"),
    unansweredPath: place.at("unanswered.jsonl"),
  });
  type Unanswered = { custom_id: string; error: { code: string; message: string } };
  return {
    resent: plan.files.length > 0 ? (await place.lines("rest.jsonl")).map((one) => one.custom_id) : [],
    unanswered: plan.unanswered ? await place.lines<Unanswered>("unanswered.jsonl") : [],
    heldBack: plan.heldBack,
    names: await place.names(),
  };
}

test("nothing that is answered is sent again, and nothing that is not is forgotten", async () => {
  const kinds = fc.subarray([...RESENT]);
  const fates = fc.array(fc.constantFrom(...FATES), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(
      fates,
      fc.constantFrom(...STATES),
      kinds,
      fc.nat(4),
      async (list, status, kinds, attempt) => {
        const known = list.flatMap((fate, row) => (fate ? [[String(row), fate] as const] : []));
        const lines = list.map((_, row) => request(String(row)));
        const plan = await planned({ batch: batchOf(status), lines, fates: new Map(known), kinds, attempt });
        for (const [row, fate] of list.entries()) {
          const id = String(row);
          const open = fate !== "answered" && fate !== "failed";
          const kind = fate === "again" || status === "completed" ? "errors" : status;
          expect(plan.resent.includes(id)).toBe(open && attempt < 3 && kinds.includes(kind));
          expect(plan.unanswered.some(({ custom_id }) => custom_id === id)).toBe(fate === undefined);
        }
        const open = list.filter((fate) => fate !== "answered" && fate !== "failed").length;
        expect(plan.resent.length + plan.heldBack).toBe(open);
      },
    ),
    { numRuns: 40 },
  );
});

test("where nothing is sent again, no file is left", async () => {
  const { names } = await planned({ lines: [request("a")], fates: new Map([["a", "answered"]]) });
  expect(names).toEqual([]);
});

describe("a batch that failed", () => {
  const failed = (...data: { code: string; message: string; line?: number }[]) =>
    batchOf("failed", { errors: { data } });

  test("for some lines: those are told apart, the others sent again", async () => {
    const lines = [
      request("a"),
      '{"custom_id": "b", ',
      request("a"),
      request("c", { body: { model: "gpt-4o", messages: [{ role: "user", content: "x" }] } }),
      request("d"),
      request("e"),
    ];
    const batch = failed({ code: "no_such_thing", message: "Line 5 is odd.", line: 5 });
    const { resent, unanswered } = await planned({ batch, lines });
    expect(resent).toEqual(["a", "e"]);
    const said = Object.fromEntries(unanswered.map(({ custom_id, error }) => [custom_id, error]));
    expect(said["batch_b line 2"]).toEqual({
      code: "invalid_json_line",
      message: "Line 2 is not valid JSON.",
    });
    expect(unanswered.find(({ error }) => error.code === "duplicate_custom_id")!.error.message).toBe(
      'Line 3 has the custom_id "a" that line 1 has already.',
    );
    expect(said.c!.code).toBe("mismatched_model");
    expect(said.d).toEqual({ code: "no_such_thing", message: "Line 5 is odd." });
  });

  test("for what another batch would fail for too: nothing is sent", async () => {
    const batch = failed({ code: "model_not_found", message: "No such model" });
    const { resent, unanswered } = await planned({ batch, lines: [request("a")] });
    expect(resent).toEqual([]);
    expect(unanswered[0]!.error).toEqual({
      code: "batch_failed",
      message: "Batch batch_b failed: No such model.",
    });
  });

  test("requests made anew are not blamed for the lines of the lost file", async () => {
    const batch = failed({ code: "invalid_json_line", message: "Not JSON", line: 1 });
    const { resent } = await planned({ batch, lines: [request("0")], rebuilt: true });
    expect(resent).toEqual(["0"]);
  });
});

test("answers that the provider has no longer may have been paid: they are not asked for again", async () => {
  const fates = new Map([["b", "unfinished"]] as const);
  const plan = await planned({ lines: [request("a"), request("b")], fates, answersGone: true });
  expect(plan.resent).toEqual(["b"]);
  expect(plan.unanswered[0]).toMatchObject({ custom_id: "a", error: { code: "results_gone" } });
});

test("more requests than a file may hold are sent in several", async () => {
  await using place = await folder();
  async function* requests() {
    for (let line = 1; line <= 50_001; line++) yield { line, text: Buffer.from(`{"custom_id":"${line}"}`) };
  }
  const { files } = await planRest({
    ...{ batch: batchOf("expired"), attempt: 1, fates: new Map(), answersGone: false, rebuilt: false },
    requests: requests(),
    policy: { kinds: new Set(RESENT), ofJobs: false, maxAttempts: 5 },
    restPath: place.at("rest.jsonl"),
    unansweredPath: place.at("unanswered.jsonl"),
  });
  expect(files.map((file) => file.requests)).toEqual([50_000, 1]);
});

test("a batch is whole when each of its requests has an answer or failed for good", () => {
  const counts = { total: 2, completed: 1, failed: 1 };
  const completed = batchOf("completed", { request_counts: counts });
  const of = (...fates: LineFate[]) => new Map(fates.map((fate, row) => [String(row), fate]));
  expect(isWhole(completed, of("answered", "failed"))).toBe(true);
  expect(isWhole(completed, of("answered", "again"))).toBe(false);
  expect(isWhole(completed, of("answered"))).toBe(false);
  expect(isWhole(batchOf("expired", { request_counts: counts }), of("answered", "failed"))).toBe(false);
});
