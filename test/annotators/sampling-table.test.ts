import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildProgram } from "../../cli/program.ts";
import type { Annotator } from "../../shared/annotators/annotator.ts";
import { loadRegistry } from "../../shared/annotators/registry/registry.ts";
import { buildGivenRequest, buildRequest } from "../../shared/annotators/request.ts";
import { paramsInForce, samplingInForce } from "../../shared/annotators/sampling-in-force.ts";
import { GenerateMessage, MODEL_FIELDS } from "../../shared/contracts/messages/generate-message.ts";
import {
  JudgeMessage,
  parseJudgeMessage,
  samplingOfJudge,
} from "../../shared/contracts/messages/judge-message.ts";
import {
  parseReannotateMessage,
  ReannotateMessage,
  samplingOf,
} from "../../shared/contracts/messages/reannotate-message.ts";
import { givenNames } from "../../shared/contracts/messages/sampling.ts";
import { REFUSABLE, SAMPLING_ROWS } from "../../shared/contracts/messages/sampling-table.ts";
import { UserError } from "../../shared/errors.ts";
import { DIALECTS } from "../../shared/providers/dialects.ts";
import { providerOf } from "../../shared/providers/providers.ts";
import { temporaryFolder } from "../datasets/temporary-folder.ts";

const { resolve } = loadRegistry();
const unknown: Annotator = {
  ...resolve("gpt-4o-mini"),
  name: "own",
  unsupported: [],
  usualSampling: false,
  maxOutputTokens: null,
};
const ANNOTATORS = [
  unknown,
  { ...unknown, name: "takes-nothing", unsupported: [...REFUSABLE] },
  { ...unknown, name: "renames", maxTokensName: "max_completion_tokens" as const },
  ...["gpt-4o-mini", "openai/o3", "llama3-405b"].map((name) => ({ ...resolve(name), maxOutputTokens: null })),
];

/** Texts, numbers, JSON and what else may be given; each parameter takes those that its schema accepts. */
const anything = fc.oneof(
  // JSON has no negative zero.
  fc.double({ min: -2, max: 2, noNaN: true }).map((number) => number + 0),
  fc.integer({ min: -3, max: 200 }),
  fc.boolean(),
  fc.constantFrom('{"5": -1}', '{"guided_choice": ["a"]}', "END,###"),
);

describe.each(SAMPLING_ROWS.map((row) => [row.name, row] as const))("%s", (name, row) => {
  const valid = anything.filter((value) => row.schema.safeParse(value).success);
  const companions = name === "top_logprobs" ? { logprobs: true } : {};

  test("reaches the request body under its request name, or is refused by name", () => {
    fc.assert(
      fc.property(valid, fc.constantFrom(...ANNOTATORS), (value, annotator) => {
        const input = { dataset: "d.jsonl", ...companions, [name]: value };
        const sampling = samplingOf(parseReannotateMessage(input));
        const outcome = bodyOrRefusal(annotator, sampling, givenNames(input));
        const meant = sampling[name];
        if (typeof outcome === "string") {
          const refused = [name, ...Object.keys(companions)].some((one) =>
            outcome.startsWith(`${annotator.name} does not take ${one} (given: `),
          );
          expect(refused).toBe(true);
          expect(annotator.unsupported).toContain(name);
        } else if (row.request === null) {
          expect(outcome).toMatchObject(meant as object);
        } else {
          const member = name === "max_tokens" ? annotator.maxTokensName : row.request;
          if (member in outcome) expect(outcome[member]).toEqual(meant);
          else expect([row.neutral, []]).toContainEqual(meant);
        }
      }),
    );
  });

  test.each(DIALECTS)("reaches the body of a call in %s, or is refused by name", (dialect) => {
    const provider = providerOf({ dialect });
    const unsupported = REFUSABLE.filter((one) => !provider.takes.includes(one));
    const annotator = { ...unknown, dialect, unsupported };
    fc.assert(
      fc.property(valid, (value) => {
        const input = { dataset: "d.jsonl", ...companions, [name]: value };
        const sampling = samplingOf(parseReannotateMessage(input));
        const request = bodyOrRefusal(annotator, sampling, givenNames(input));
        if (typeof request === "string") {
          const named = [name, ...Object.keys(companions)].some((one) => request.includes(one));
          expect(named).toBe(true);
          return;
        }
        const body: unknown = JSON.parse(
          provider.bodies(request)('[{"role":"user","content":"x"}]') as string,
        );
        const meant = sampling[name];
        if (row.request === null) expect(body).toMatchObject(meant as object);
        else if (row.request in request || name === "max_tokens")
          expect(Object.values(body as object)).toContainEqual(meant);
        else expect([row.neutral, []]).toContainEqual(meant);
      }),
    );
  });

  test("is in the request files that others send, too, and alone", () => {
    fc.assert(
      fc.property(valid, (value) => {
        const input = { method: "ratings", input: "i.csv", output: "o.jsonl", ...companions, [name]: value };
        const sampling = samplingOfJudge(parseJudgeMessage(input));
        const request = buildGivenRequest(unknown, sampling, givenNames(input));
        const { model: _, ...rest } = buildGivenRequest(unknown, { max_tokens: 2048, n: 1 }, new Set());
        expect(rest).toEqual({});
        if (row.request === null) expect(request).toMatchObject(sampling[name] as object);
        else if (!(row.request in request)) expect([row.neutral, []]).toContainEqual(sampling[name]);
        else expect(request[row.request]).toEqual(sampling[name]);
      }),
    );
  });

  test("is a field of every message and a flag of every command that makes calls", () => {
    for (const message of [ReannotateMessage, GenerateMessage, JudgeMessage])
      expect(Object.keys(message.shape)).toContain(name);
    expect(MODEL_FIELDS).toContain(name);
    const program = buildProgram([]);
    const named = (name: string) => (one: { name(): string }) => one.name() === name;
    const batch = program.commands.find(named("batch"))!.commands.find(named("create-input"))!;
    const estimate = program.commands.find(named("estimate"))!;
    const jobs = ["reannotate", "generate", "judge"].flatMap((one) =>
      [program, estimate].map(({ commands }) => commands.find(named(one))!),
    );
    for (const { options } of [...jobs, batch]) {
      expect(options.map(({ long }) => long)).toContain(`--${name.replaceAll("_", "-")}`);
    }
  });
});

test("request names are the parameters' own, which servers know; another name is a choice and stands here", () => {
  const others = SAMPLING_ROWS.filter(({ name, request }) => request !== name);
  expect(others.map(({ name, request }) => [name, request])).toEqual([["extra_body", null]]);
});

test.each(REFUSABLE)("%s may be refused by an annotator of the file", async (name) => {
  await using folder = await temporaryFolder();
  const entry = `{base_url: "http://127.0.0.1:1/v1", parameters: {unsupported: [${name}]}}`;
  const file = await folder.put("annotators.yaml", `annotators:\n  own: ${entry}\n`);
  expect(loadRegistry({ file }).resolve("own").unsupported).toEqual([name]);
});

function bodyOrRefusal(
  annotator: Annotator,
  sampling: Parameters<typeof buildRequest>[1],
  given: ReadonlySet<string>,
): Record<string, unknown> | string {
  try {
    return buildRequest(annotator, sampling, given);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message;
  }
}

describe("what nobody gave", () => {
  test("stands in config.yaml where it is sent, and nowhere else", () => {
    const message = parseReannotateMessage({ dataset: "d", min_p: 0, logprobs: false });
    const shown = (annotator: Annotator) =>
      paramsInForce(message, samplingInForce(annotator, samplingOf(message), new Set(["min_p", "logprobs"])));
    const always = { dataset: "d", max_tokens: 2048, n: 1 };
    expect(shown(unknown)).toMatchObject({ ...always, min_p: 0, logprobs: false });
    for (const name of ["temperature", "top_p", "seed"]) expect(shown(unknown)).not.toHaveProperty(name);
    const mini = shown(resolve("gpt-4o-mini"));
    expect(mini).toMatchObject({ ...always, temperature: 1, top_p: 1, seed: 42, logprobs: false });
    expect(mini).not.toHaveProperty("min_p");
    const own = { ...resolve("gpt-4o-mini"), extraBody: { seed: 7 } };
    expect(shown(own)).not.toHaveProperty("seed");
  });

  test("is not sent to an endpoint of one's own, but for what bounds the cost", () => {
    const sampling = samplingOf(parseReannotateMessage({ dataset: "d" }));
    expect(buildRequest(unknown, sampling, new Set())).toEqual({
      model: "gpt-4o-mini",
      max_tokens: 2048,
    });
  });

  test("is not sent either where an entry of the file moves a built-in model elsewhere", async () => {
    await using folder = await temporaryFolder();
    const file = await folder.put(
      "annotators.yaml",
      "annotators:\n" +
        '  gpt-4o-mini: {base_url: "http://127.0.0.1:1/v1", key_variable: null}\n' +
        "  gpt-4-0613: {timeout: 9}\n",
    );
    const registry = loadRegistry({ file });
    const of = (name: string) => buildRequest(registry.resolve(name), { max_tokens: 9, n: 1 }, new Set());
    expect(of("gpt-4o-mini")).toEqual({ model: "gpt-4o-mini", max_tokens: 9 });
    expect(of("gpt-4-0613")).toEqual({
      model: "gpt-4-0613",
      temperature: 1,
      top_p: 1,
      seed: 42,
      max_tokens: 9,
    });
  });

  test("but a recipe of ours wants goes everywhere, and is left out where the model does not take it", () => {
    const message = parseJudgeMessage({ method: "ultrafeedback", input: "i", output: "o.jsonl" });
    const body = (annotator: Annotator) => buildRequest(annotator, samplingOfJudge(message), new Set());
    expect(body(unknown)).toMatchObject({ temperature: 0.1 });
    expect(body(resolve("openai/o3"))).not.toHaveProperty("temperature");
  });
});
