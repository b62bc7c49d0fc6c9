import { type Batch, errorsOf, isOverTokenLimit } from "../batch-api/batch.ts";

const MOST_NAMED = 3;

/** How batches ended that did not complete, a sentence for each way. Those that only wait for room are none. */
export function endNotes(ended: readonly Batch[]): string[] {
  const of = (status: Batch["status"]) =>
    ended.filter((batch) => batch.status === status && !isOverTokenLimit(batch));
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

/** What was sent again in one round. */
export function sentNote(
  sent: readonly { parent: string; requests: number; batch: string }[],
): string | undefined {
  const [first] = sent;
  if (first === undefined) return undefined;
  const requests = sent.reduce((sum, one) => sum + one.requests, 0);
  const what = requests === 1 ? "1 request" : requests === 0 ? "The requests" : `${requests} requests`;
  const are = requests === 1 ? "is" : "are";
  return sent.length === 1
    ? `${what} of batch ${first.parent} ${are} sent again, as batch ${first.batch}.`
    : `${what} of ${sent.length} batches are sent again, as ${sent.length} batches.`;
}

/** Said once, however often it is refused. */
export function waitNote(refused: Batch): string {
  return `The batches of this key hold as many tokens as they may (${reasonsOf(refused)}): others wait until some have ended.`;
}

function named(batches: readonly Batch[]): string {
  const ids = batches.slice(0, MOST_NAMED).map(({ id }) => id);
  const more = batches.length - ids.length;
  return `${batches.length === 1 ? "Batch" : "Batches"} ${ids.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
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
