import { type Batch, errorsOf } from "../../../shared/batch-api/batch.ts";
import { isHeldOut } from "../../../shared/batch-policy/failed-batch.ts";

const MOST_NAMED = 3;

/** How batches ended that did not complete, a sentence for each way. Those that only wait for room are none. */
export function endNotes(ended: readonly Batch[]): string[] {
  const of = (status: Batch["status"]) =>
    ended.filter((batch) => batch.status === status && !isHeldOut(batch));
  const cut = [
    { batches: of("expired"), how: "expired" },
    { batches: of("cancelled"), how: (many: boolean) => `${many ? "were" : "was"} cancelled, not from here` },
  ];
  return [
    ...cut.flatMap(({ batches, how }) => {
      if (batches.length === 0) return [];
      const word = typeof how === "string" ? how : how(batches.length > 1);
      return [`${named(batches)} ${word}: ${keptOf(batches)}.`];
    }),
    ...of("failed").map((batch) => `${named([batch])} failed: ${reasonsOf(batch)}.`),
  ];
}

/** Requests that were sent as a batch. */
export interface SentPart {
  /** The batch that held them before. */
  parent: string;
  /** None did: they are rows of the dataset. */
  ofDataset: boolean;
  requests: number;
  batch: string;
}

/** What was sent in one round, a sentence for what is sent again and one for what nobody had sent. */
export function sentNotes(sent: readonly SentPart[]): string[] {
  const again = sent.filter(({ ofDataset }) => !ofDataset);
  const missing = sent.filter(({ ofDataset }) => ofDataset);
  const from = again.length === 1 ? `batch ${again[0]!.parent}` : `${again.length} batches`;
  return [
    ...(again.length > 0 ? [`${amountOf(again, "request")} of ${from} ${areIn(again, "sent again")}.`] : []),
    ...(missing.length > 0
      ? [`${amountOf(missing, "row")} that stood in none of the batches ${areIn(missing, "sent")}.`]
      : []),
  ];
}

const sumOf = (sent: readonly SentPart[]) => sent.reduce((sum, { requests }) => sum + requests, 0);

function amountOf(sent: readonly SentPart[], one: string): string {
  const sum = sumOf(sent);
  return sum === 1 ? `1 ${one}` : sum === 0 ? `The ${one}s` : `${sum} ${one}s`;
}

function areIn(sent: readonly SentPart[], done: string): string {
  const batches = sent.length === 1 ? `batch ${sent[0]!.batch}` : `${sent.length} batches`;
  return `${sumOf(sent) === 1 ? "is" : "are"} ${done}, as ${batches}`;
}

/** Said once, however often it is refused. */
export function waitNote(refused: Batch): string {
  return `The batches of this key hold as many tokens as they may (${reasonsOf(refused)}): others wait until some have ended.`;
}

/** @param ids of batches */
export function unknownNote(ids: readonly string[]): string {
  const [are, them] = ids.length === 1 ? ["is", "it"] : ["are", "them"];
  return `${namedBy(ids)} ${are} unknown to the provider with this key: nothing of ${them} can be fetched.`;
}

/** @param ids of batches of a job that the given ones belong to */
export function unnamedNote(ids: readonly string[]): string {
  const [belong, are] = ids.length === 1 ? ["belongs", "is"] : ["belong", "are"];
  return `${namedBy(ids)} ${belong} to the same run of the same job, and ${are} watched, too.`;
}

const named = (batches: readonly Batch[]) => namedBy(batches.map(({ id }) => id));

function namedBy(ids: readonly string[]): string {
  const more = ids.length - MOST_NAMED;
  const shown = ids.slice(0, MOST_NAMED).join(", ");
  return `${ids.length === 1 ? "Batch" : "Batches"} ${shown}${more > 0 ? ` and ${more} more` : ""}`;
}

function keptOf(batches: readonly Batch[]): string {
  const sum = (of: "total" | "completed") =>
    batches.reduce((all, { request_counts }) => all + (request_counts?.[of] ?? 0), 0);
  const [total, completed] = [sum("total"), sum("completed")];
  const their = batches.length > 1 ? "their" : "its";
  return total === 0
    ? `none of ${their} requests was taken in`
    : `${completed} of ${their} ${total} requests are answered and kept`;
}

function reasonsOf(batch: Batch): string {
  const reasons = errorsOf(batch);
  const more = reasons.length - MOST_NAMED;
  const shown = reasons.slice(0, MOST_NAMED).map((reason) => reason.replace(/\.$/, ""));
  return `${shown.join("; ") || "the provider does not say why"}${more > 0 ? `; and ${more} more` : ""}`;
}
