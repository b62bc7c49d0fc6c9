import { isQuotaSaid } from "../providers/batch-line.ts";
import { enqueuedLimitIn } from "./enqueued-limit.ts";
import { type RefusalMeaning, refusalMeaning } from "./refusal-policy.ts";

interface ErrorSaid {
  code?: string | null | undefined;
  message?: string | null | undefined;
  line?: number | null | undefined;
}

/** What a provider says of a batch that it did not take in. */
export interface FailedBatch {
  status: string;
  errors?: { data?: ErrorSaid[] | null | undefined } | null | undefined;
}

/** Of several reasons that concern all of its lines the one that is heavier decides: what waits comes first, what may pass last. */
const ORDER: readonly RefusalMeaning[] = [
  "no_tokens",
  "no_room",
  "quota",
  "key",
  "model",
  "hopeless",
  "not_ready",
  "passing",
];

/**
 * Why a batch failed as a whole; undefined: it did not fail. What is said of single lines is theirs alone, so that a batch
 * of which nothing else is said may be sent again without them.
 */
export function refusalOf({ status, errors }: FailedBatch): RefusalMeaning | undefined {
  if (status !== "failed") return undefined;
  const ofAll = (errors?.data ?? []).filter(({ line }) => typeof line !== "number");
  const meanings = ofAll.map(meaningOf);
  return ORDER.find((meaning) => meanings.includes(meaning)) ?? "passing";
}

function meaningOf({ code, message }: ErrorSaid): RefusalMeaning {
  const outOfQuota = isQuotaSaid(null, { code, message });
  const facts = { status: null, creates: false, code: code ?? "", message: message ?? "" };
  return refusalMeaning({ ...facts, outOfQuota });
}

/** It says of a line, or of all, that there is no such model: nothing else helps a batch of one model. */
export function namesNoModel({ status, errors }: FailedBatch): boolean {
  return status === "failed" && (errors?.data ?? []).some((error) => meaningOf(error) === "model");
}

/** It failed only since there was no room for it beside others: the same batch may be created later. */
export function isHeldOut(batch: FailedBatch): boolean {
  const meaning = refusalOf(batch);
  return meaning === "no_tokens" || meaning === "no_room";
}

/** The limit that it met, in prompt tokens, where the provider's words name it. */
export function enqueuedLimitOf(batch: FailedBatch): number | undefined {
  if (refusalOf(batch) !== "no_tokens") return undefined;
  const named = (batch.errors?.data ?? []).map(({ message }) => enqueuedLimitIn(message ?? ""));
  return named.find((limit) => limit !== null) ?? undefined;
}

/** Nothing of it was ever taken in, through no fault of its requests: it was no attempt. */
export function wasNoAttempt(batch: FailedBatch): boolean {
  return isHeldOut(batch) || needsPerson(batch) !== undefined;
}

/** What a person must do before any batch of the key is taken in. */
export function needsPerson(batch: FailedBatch): "quota" | "key" | undefined {
  const meaning = refusalOf(batch);
  return meaning === "quota" || meaning === "key" ? meaning : undefined;
}

/** The same requests would be refused again, whoever sends them and when. */
export function isHopeless(batch: FailedBatch): boolean {
  const meaning = refusalOf(batch);
  return meaning === "model" || meaning === "hopeless";
}
