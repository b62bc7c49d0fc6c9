import { describe, expect, test } from "vitest";
import {
  REFUSAL_POLICY,
  type RefusalFacts,
  type RefusalMeaning,
  refusalMeaning,
} from "../../shared/batch-policy/refusal-policy.ts";
import { isQuotaSaid } from "../../shared/providers/batch-line.ts";

type Refusal = [status: number | null, code: string, message: string, creates?: boolean];

const factsOf = ([status, code, message, creates = false]: Refusal): RefusalFacts => ({
  ...{ status, code, message, creates },
  outOfQuota: isQuotaSaid(status, { error: { code, message } }),
});
const meaning = (means: RefusalMeaning, refusals: Refusal[]) =>
  refusals.map((refusal) => [refusal, means] as const);

/** Refusals, by the rule that decides on them. A status of null: a batch that failed. */
const REFUSALS: Record<string, (readonly [Refusal, RefusalMeaning])[]> = {
  "tokens that wait for their turn": meaning("no_tokens", [
    [null, "token_limit_exceeded", "No."],
    [null, "TokenLimitExceeded", "No."],
    [429, "EnqueuedTokenLimitExceeded", "No."],
    [400, "", "Enqueued token limit reached for model m. Limit: 100 enqueued tokens."],
    [429, "", "The number of enqueued tokens has surpassed the configured limit of 100."],
  ]),
  "a code of no room": meaning("no_room", [
    [429, "too_many_batches", "No."],
    [400, "too_many_active_batches", "No."],
    [400, "active_batch_limit_exceeded", "No."],
    [400, "batch_limit_reached", "No."],
    [400, "too_many_files", "No."],
    [403, "file_quota_exceeded", "No."],
    [400, "file_limit_reached", "No."],
    [400, "storage_limit_exceeded", "No."],
    [null, "file_storage_quota_exceeded", "No."],
  ]),
  "batches that are open": meaning("no_room", [
    [400, "", "Active batch limit exceeded for this resource: 1. Wait for batches to finish."],
    [429, "", "You have reached the maximum number of active batches."],
    [400, "", "There are too many in_progress batches."],
    [400, "", "Too many batches. Try again later."],
  ]),
  "files that are stored": meaning("no_room", [
    [400, "", "You have exceeded your file storage quota of 100 GB."],
    [403, "", "The storage limit of this project is reached."],
    [400, "", "The number of files has reached the limit of 500."],
    [400, "", "Too many files."],
    [400, "", "The maximum number of uploaded files is 500."],
  ]),
  "the account has nothing left": meaning("quota", [
    [null, "billing_hard_limit_reached", "Billing hard limit has been reached"],
    [null, "", "You exceeded your current quota."],
    [402, "", "Pay."],
    [429, "insufficient_quota", "No."],
    [400, "", "Your credit balance is too low."],
    [403, "insufficient_credits", "No."],
  ]),
  "a key that may not": meaning("key", [
    [401, "", "Incorrect API key provided"],
    [403, "", "You have insufficient permissions"],
    [null, "insufficient_permission", "No."],
    [null, "unauthorized", "No."],
    [null, "authentication_error", "No."],
    [null, "invalid_api_key", "No."],
  ]),
  "the model": meaning("model", [
    [null, "model_not_found", "No."],
    [null, "model_mismatch", "No."],
    [null, "invalid_model", "No."],
    [404, "model_not_found", "The model does not exist.", true],
  ]),
  "a file that is not seen yet": meaning("not_ready", [
    [404, "", "No such File object: file-1", true],
    [400, "invalidPayload", "The file is not ready: its status is 'pending'.", true],
    [400, "", "No such file.", true],
    [400, "", "The input file could not be found.", true],
    [400, "", "Wait until it is 'processed'.", true],
    [409, "", "The file is still being processed.", true],
  ]),
  "a code of what stays wrong": meaning("hopeless", [
    [null, "unsupported_model_x", "No."],
    [null, "billing_x", "No."],
    [null, "monthly_quota_x", "No."],
    [null, "endpoint_mismatch", "No."],
    [null, "bad_url", "No."],
    [null, "empty_file", "No."],
    [null, "unsupported_x", "No."],
    [null, "invalid_json_line", "No."],
    [null, "mixed_model", "No."],
  ]),
  "any other refusal of a call": meaning("hopeless", [
    [400, "", "Cannot do that.", true],
    [400, "", "The file exceeds the maximum file size limit of 200 MB."],
    [404, "", "No such File object: file-1"],
    [413, "", "Too large."],
    [302, "", ""],
  ]),
  "anything else": meaning("passing", [
    [null, "", "Internal error."],
    [null, "server_error", "No."],
    [408, "", "Slow."],
    [409, "", "In the meantime."],
    [425, "", "Early."],
    [429, "", "Slow down."],
    [500, "", "Oops.", true],
    [529, "", "Overloaded."],
  ]),
};

describe.each(Object.entries(REFUSALS))("%s", (name, refusals) => {
  test.each(refusals)("%j", (refusal, means) => {
    const facts = factsOf(refusal);
    expect(REFUSAL_POLICY.find(({ holds }) => holds(facts))!.name).toBe(name);
    expect(refusalMeaning(facts)).toBe(means);
  });
});

test("every rule decides on some refusal", () => {
  expect(REFUSAL_POLICY.map(({ name }) => name)).toEqual(Object.keys(REFUSALS));
});
