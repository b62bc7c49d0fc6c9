import { z } from "zod";
import { isJsonObject, textOf } from "../datasets/exact-json.ts";
import { UserError } from "../errors.ts";
import { RANKINGS } from "../sparse-feedback/feedback.ts";
import type { PlacedRow } from "../sparse-feedback/placed-rows.ts";
import { callId } from "./call-id.ts";
import type { JudgeCall, JudgedEntry } from "./judged-entry.ts";
import type { Observation, PairObservation, ScoreObservation } from "./observation.ts";
import { promptText } from "./prompt-text.ts";
import { isSimulated } from "./simulated-mark.ts";

/** A number may come as an object that keeps how it was written. */
const asNumber = (value: unknown) =>
  typeof value === "object" && value !== null ? Number(textOf(value)) : value;
const Score = z.preprocess(asNumber, z.number().nullable());
const Letter = z.enum(["(a)", "(b)"]);
const Name = z.string().nullish();

/** What the measures need of a judged row; whatever else stands in it is not theirs. */
const JudgedRow = z.looseObject({
  method: z.string(),
  instruction: z.string(),
  input: z.string().default(""),
  responses: z.array(z.string()).min(1),
  models: z.array(Name).default([]),
  reference: z.string().optional(),
  reference_model: Name,
  ranking: z.enum(RANKINGS).optional(),
  letters: z.record(z.string(), Letter).default({}),
  means: z.array(Score).optional(),
  id: z.string().optional(),
  judge: z.string().optional(),
  asks: z.preprocess(asNumber, z.int()).optional(),
  asked_again: z.record(z.string(), z.array(z.string())).default({}),
  judgements: z.record(
    z.string(),
    z.looseObject({
      ratings: z.array(Score).optional(),
      order: z.array(z.preprocess(asNumber, z.int())).default([]),
      fault: z.looseObject({ reason: z.string() }).optional(),
      template: z.object({ name: z.string(), sha256: z.string() }).optional(),
      reply: z.string().nullish(),
    }),
  ),
});
type JudgedRow = z.infer<typeof JudgedRow>;

/** Whether a row is one that a judge of Assay wrote. */
export function isJudgedRow(row: Record<string, unknown>): boolean {
  return Object.hasOwn(row, "method") && Object.hasOwn(row, "responses") && isJsonObject(row.judgements);
}

/** Names of single calls, as feedback calls what they give. */
const ASPECT_NAMES: Record<string, string> = { ratings: "rating" };
/** The mean of several aspects, as one more. */
const MEAN = "mean";

/** The verdicts of a judged row. @throws UserError if it is none that Assay wrote */
export function judgedRowEntry({ place, row }: PlacedRow): JudgedEntry {
  const parsed = JudgedRow.safeParse(row);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UserError(
      `${place} is no judged row: ${issue!.path.join(".")} is not as it should be (${issue!.message}). Mend or remove it.`,
    );
  }
  const judged = parsed.data;
  const observations: Observation[] = [
    ...pairsIn(judged),
    ...scoresIn(judged, place),
    ...answersIn(judged, row.answer),
  ];
  const parts = Object.values(judged.judgements);
  return {
    observations,
    calls: callsIn(judged),
    judge: judged.judge ?? null,
    templates: parts.flatMap(({ template }) => template ?? []),
    simulated: parts.some(({ reply }) => isSimulated(reply ?? "")),
  };
}

/** `asked_again` has the faults of a call's replies, the last one's too where nothing came of it. */
function callsIn({ id, asks, asked_again, judgements }: JudgedRow): JudgeCall[] {
  return Object.entries(judgements).map(([part, { fault }]) => {
    const unreadable = asked_again[part] ?? [];
    const isLast = fault !== undefined && unreadable.at(-1) === fault.reason;
    return {
      id: id === undefined ? null : callId(id, part),
      fault: fault?.reason ?? null,
      asks: asks === undefined ? null : unreadable.length + (isLast ? 0 : 1),
      unreadable,
    };
  });
}

function pairsIn(judged: JudgedRow): PairObservation[] {
  const { ranking, responses, models, reference, reference_model } = judged;
  if (ranking === undefined) return [];
  const own = responses.map((text, index) => ({ text, model: models[index] ?? null }));
  const shown = reference === undefined ? own : [{ text: reference, model: reference_model ?? null }, ...own];
  const [first, second] = shown;
  if (!first || !second) return [];
  return [
    {
      kind: "pair",
      prompt: promptText(judged.instruction, judged.input),
      first: first.text,
      second: second.text,
      firstModel: first.model,
      secondModel: second.model,
      ranking,
      letters: Object.values(judged.letters),
    },
  ];
}

function scoresIn(judged: JudgedRow, place: string): ScoreObservation[] {
  const parts = Object.entries(judged.judgements).flatMap(([part, { ratings, order }]) =>
    ratings ? [{ aspect: ASPECT_NAMES[part] ?? part, ratings, order }] : [],
  );
  if (parts.length > 1 && judged.means) parts.push({ aspect: MEAN, ratings: judged.means, order: [] });
  return parts.flatMap(({ aspect, ratings, order }) =>
    judged.responses.map((response, index) => ({
      ...scoreOf(judged, aspect, ratings[index] ?? null),
      response,
      model: judged.models[index] ?? null,
      ...(judged.responses.length > 1 ? { group: place } : {}),
      position: order.length > 1 && order.includes(index) ? order.indexOf(index) : null,
    })),
  );
}

/** Numbers, and yes or no as 1 or 0, of an answer in a user's own form; they are about all responses of the row. */
function answersIn(judged: JudgedRow, answer: unknown): ScoreObservation[] {
  if (answer === undefined) return [];
  const members = isJsonObject(answer) ? Object.entries(answer) : [["answer", answer] as const];
  return members.flatMap(([aspect, member]) => {
    const value = typeof member === "boolean" ? Number(member) : asNumber(member);
    return typeof value === "number" && !Number.isNaN(value) ? [scoreOf(judged, aspect, value)] : [];
  });
}

function scoreOf(judged: JudgedRow, aspect: string, value: number | null): ScoreObservation {
  const { responses, models } = judged;
  const prompt = promptText(judged.instruction, judged.input);
  return {
    kind: "score",
    prompt,
    group: prompt,
    response: responses.join("\n"),
    model: responses.length === 1 ? (models[0] ?? null) : null,
    aspect,
    value,
    position: null,
  };
}
