import { isJsonObject } from "../../../shared/datasets/json/exact-json.ts";
import type { PlacedRow } from "../../../shared/feedback/placed-rows.ts";
import type { JudgeMethod } from "../../../shared/judging/methods/judge-method.ts";
import { METHOD_TABLE } from "../../../shared/judging/methods/method-table.ts";
import { promptIdentity } from "../../../shared/prompts/prompt-identity.ts";
import { callId } from "./call-id.ts";
import type { JudgeCall, JudgedEntry } from "./judged-entry.ts";
import {
  asNumber,
  fromTable,
  type JudgedRow,
  RankedMembers,
  RatedMembers,
  readJudgedRow,
  readMembers,
} from "./judged-row-shape.ts";
import type { Observation, PairObservation, ScoreObservation } from "./observation.ts";
import { isSimulated } from "./simulated-mark.ts";

/** Names of single calls, as feedback calls what they give. */
const SCORE_NAMES: Record<string, string> = Object.assign(
  {},
  ...Object.values(METHOD_TABLE).map(({ scoreNames }) => scoreNames),
);
/** The mean of several aspects, as one more. */
const MEAN = "mean";

/** The verdicts of a judged row. @throws UserError if it is none that Assay wrote */
export function judgedRowEntry({ place, row }: PlacedRow): JudgedEntry {
  const placed = { place, row: fromTable(row) };
  const judged = readJudgedRow(placed);
  const parts = Object.values(judged.judgements);
  return {
    observations: OBSERVATIONS[METHOD_TABLE[judged.method].verdict](judged, placed),
    calls: callsIn(judged),
    judge: judged.judge,
    templates: parts.flatMap(({ template }) => template ?? []),
    simulated: parts.some(({ reply }) => isSimulated(reply ?? "")),
  };
}

const OBSERVATIONS: Record<JudgeMethod["verdict"], (judged: JudgedRow, placed: PlacedRow) => Observation[]> =
  { scores: scoresIn, ranking: pairsIn, answer: answersIn };

/** `asked_again` has the faults of a call's replies, the last one's too where nothing came of it. */
function callsIn({ id, asks, asked_again, judgements }: JudgedRow): JudgeCall[] {
  return Object.entries(judgements).map(([part, { fault }]) => {
    const unreadable = asked_again[part] ?? [];
    const isLast = fault !== undefined && unreadable.at(-1) === fault.reason;
    return {
      id: callId(id, part),
      fault: fault?.reason ?? null,
      asks: asks === null ? null : unreadable.length + (isLast ? 0 : 1),
      unreadable,
    };
  });
}

/** Where there is a reference, it is the first of the two. */
function pairsIn(judged: JudgedRow, placed: PlacedRow): PairObservation[] {
  const { ranking, letters, reference, reference_model } = readMembers(RankedMembers, placed);
  const own = judged.responses.map((text, index) => ({ text, model: judged.models[index] ?? null }));
  const shown = reference === undefined ? own : [{ text: reference, model: reference_model ?? null }, ...own];
  const [first, second] = shown;
  if (!first || !second) return [];
  return [
    {
      kind: "pair",
      prompt: promptIdentity(judged.instruction, judged.input),
      first: first.text,
      second: second.text,
      firstModel: first.model,
      secondModel: second.model,
      ranking,
      letters: Object.values(letters),
    },
  ];
}

function scoresIn(judged: JudgedRow, placed: PlacedRow): ScoreObservation[] {
  const { means } = readMembers(RatedMembers, placed);
  const parts = Object.entries(judged.judgements).flatMap(([part, { ratings, order }]) =>
    ratings ? [{ aspect: SCORE_NAMES[part] ?? part, ratings, order }] : [],
  );
  if (Object.keys(judged.judgements).length > 1) parts.push({ aspect: MEAN, ratings: means, order: [] });
  return parts.flatMap(({ aspect, ratings, order }) =>
    judged.responses.map((response, index) => ({
      ...scoreOf(judged, aspect, ratings[index] ?? null),
      response,
      model: judged.models[index] ?? null,
      position: order.length > 1 && order.includes(index) ? order.indexOf(index) : null,
    })),
  );
}

/** Numbers, and yes or no as 1 or 0, of an answer in a user's own form; they are about all responses of the row. */
function answersIn(judged: JudgedRow, { row: { answer } }: PlacedRow): ScoreObservation[] {
  const members = isJsonObject(answer) ? Object.entries(answer) : [["answer", answer] as const];
  return members.flatMap(([aspect, member]) => {
    if (typeof member === "string") return [];
    const value = typeof member === "boolean" ? Number(member) : asNumber(member);
    return typeof value === "number" && !Number.isNaN(value) ? [scoreOf(judged, aspect, value)] : [];
  });
}

function scoreOf(judged: JudgedRow, aspect: string, value: number | null): ScoreObservation {
  const { responses, models } = judged;
  return {
    kind: "score",
    prompt: promptIdentity(judged.instruction, judged.input),
    response: responses.join("\n"),
    model: responses.length === 1 ? (models[0] ?? null) : null,
    aspect,
    value,
    position: null,
  };
}
