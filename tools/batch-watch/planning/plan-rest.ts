import { type Batch, errorsOf } from "../../../shared/batch-api/batch.ts";
import { isHopeless } from "../../../shared/batch-policy/failed-batch.ts";
import { isJsonObject } from "../../../shared/datasets/json/exact-json.ts";
import { RequestChecker } from "../../batch-files/request-checker.ts";
import type { WrittenFile } from "../../batch-files/split-output.ts";
import type { LineFate } from "./line-fate.ts";
import { jobOf, type Resendable, type ResendPolicy } from "./resend-policy.ts";
import { RestWriter } from "./rest-writer.ts";

/** A line of a request file, without its line feed. */
export interface RequestText {
  line: number;
  text: Buffer;
}

export interface PlanRest {
  batch: Batch;
  /** What it answered cannot be had: who knows which of its requests that were? */
  answersGone: boolean;
  /** In how many batches its requests were. */
  attempt: number;
  fates: ReadonlyMap<string, LineFate>;
  requests: AsyncIterable<RequestText>;
  /** They were made anew: what was said of single lines is not said of these. */
  rebuilt: boolean;
  /** Of one file; the provider's limit if not given. */
  mostRequests?: number;
  /** What befalls each of them. */
  refused?: { code: string; message: string };
  /** Another batch takes care of a request. */
  isElsewhere?: (customId: string) => boolean;
  policy: ResendPolicy;
  /** Nothing is sent before a person has done something: all that could be sent is counted. */
  onHold?: boolean;
  restPath: string;
  unansweredPath: string;
}

/** Nothing of it needs to be looked at again: each request has an answer, or a failure that will not pass. */
export function isWhole(batch: Batch, fates: ReadonlyMap<string, LineFate>): boolean {
  if (batch.status !== "completed" || fates.size < (batch.request_counts?.total ?? 0)) return false;
  for (const fate of fates.values()) if (fate !== "answered" && fate !== "failed") return false;
  return true;
}

export interface PlannedRest {
  /** What is to be sent. */
  files: WrittenFile[];
  /** There is a file of them. */
  unanswered: boolean;
  /** Requests that the policy does not let be sent again. */
  heldBack: number;
}

/**
 * Reads the requests of a batch that has ended and decides on each that has no answer: it is sent again, or it stands among
 * the unanswered with the reason.
 */
export async function planRest(plan: PlanRest): Promise<PlannedRest> {
  const { batch, fates, policy } = plan;
  const fault = plan.refused ? () => plan.refused : plan.rebuilt ? ofBatch(batch) : faultFinder(batch);
  const mayAgain =
    !plan.onHold && plan.attempt < policy.maxAttempts && (policy.ofJobs || jobOf(batch) === undefined);
  let heldBack = 0;
  await using writer = new RestWriter(plan.restPath, plan.unansweredPath, plan.mostRequests);
  for await (const { line, text } of plan.requests) {
    const request = parsed(text);
    const id = customIdOf(request, batch, line);
    const fate = fates.get(id);
    if (fate === "answered" || fate === "failed" || plan.isElsewhere?.(id)) continue;
    const wrong = fate === undefined && plan.answersGone ? lostAnswer(batch) : fault(request, line);
    if (wrong) await writer.unanswered(id, wrong.code, wrong.message);
    else {
      const kind = kindOf(batch, fate);
      if (fate === undefined) await writer.unanswered(id, `batch_${batch.status}`, lastWord(batch));
      if (mayAgain && policy.kinds.has(kind)) await writer.resend(text);
      else heldBack += 1;
    }
  }
  return { ...(await writer.commit()), heldBack };
}

function kindOf({ status }: Batch, fate: LineFate | undefined): Resendable {
  return fate === "again" || fate === "quota" || status === "completed" ? "errors" : (status as Resendable);
}

/** A request without an id of its own can be named by its place alone. */
function customIdOf(request: unknown, batch: Batch, line: number): string {
  if (isJsonObject(request) && typeof request.custom_id === "string") return request.custom_id;
  return `${batch.id} line ${line}`;
}

function parsed(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString());
  } catch {
    return undefined;
  }
}

function lastWord(batch: Batch): string {
  if (batch.status === "failed")
    return `Batch ${batch.id} failed: ${errorsOf(batch).slice(0, 3).join("; ")}.`;
  const what = batch.status === "completed" ? "ended" : `was ${batch.status}`;
  return `Batch ${batch.id} ${what.replace("was expired", "expired")} before this request was answered.`;
}

/** What would befall any request of it. */
function ofBatch(batch: Batch): () => Fault | undefined {
  const fault = isHopeless(batch) ? { code: "batch_failed", message: lastWord(batch) } : undefined;
  return () => fault;
}

/** It may have been paid, so that it is not sent again. */
function lostAnswer({ id, output_file_id }: Batch): Fault {
  const message = `The provider has the answers of batch ${id} (file ${output_file_id}) no longer.`;
  return { code: "results_gone", message };
}

type Fault = { code: string; message: string };

/**
 * What is wrong with a request of a batch that failed: by the provider's words, or by its rules. Requests of other batches
 * were taken in.
 */
function faultFinder(batch: Batch): (request: unknown, line: number) => Fault | undefined {
  if (batch.status !== "failed") return () => undefined;
  if (isHopeless(batch)) return ofBatch(batch);
  const said = new Map((batch.errors?.data ?? []).map((error) => [error.line, error]));
  const checker = new RequestChecker();
  return (request, line) => {
    const [own] = checker.check(request, line);
    const of = said.get(line);
    if (of) return { code: of.code ?? "batch_failed", message: of.message ?? lastWord(batch) };
    if (request === undefined)
      return { code: "invalid_json_line", message: `Line ${line} is not valid JSON.` };
    return own && { code: own.code, message: `Line ${line} ${own.message}.` };
  };
}
