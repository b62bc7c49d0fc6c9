import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LINE_POLICY, type LineMeaning, lineMeaning } from "../../shared/batch-policy/line-policy.ts";
import { lineFacts } from "../../shared/providers/batch-line.ts";

const answered = (status_code: number, body: unknown) => ({
  custom_id: "1",
  response: { status_code, body },
  error: null,
});
const refused = (status: number, code: string | null = null, message = "No.", type = "x") =>
  answered(status, { error: { message, type, param: null, code } });
const without = (code: string | null, message = "Why.") => ({
  custom_id: "1",
  response: null,
  error: { code, message },
});
const CHOICES = { choices: [{ message: { content: "Yes." } }] };

/** Lines, by the rule that decides on them. */
const LINES: Record<string, [line: Record<string, unknown>, means: LineMeaning][]> = {
  "an answer": [
    [answered(200, CHOICES), "answered"],
    [{ custom_id: "1", response: { body: CHOICES } }, "answered"],
    [answered(201, { ...CHOICES, error: { message: "a choice broke off" } }), "answered"],
  ],
  "the account has nothing left": [
    [refused(429, "insufficient_quota"), "quota"],
    [refused(429, null, "No.", "insufficient_quota"), "quota"],
    [refused(429, null, "You exceeded your current quota, please check your plan."), "quota"],
    [refused(400, null, "Your credit balance is too low to access the API."), "quota"],
    [refused(402), "quota"],
    [refused(403, "insufficient_credits"), "quota"],
    [refused(429, "1113"), "quota"],
    [refused(429, "insufficient_quota_error"), "quota"],
    [without("insufficient_quota"), "quota"],
    [without(null, "Billing hard limit has been reached"), "quota"],
    [answered(200, { error: { code: "insufficient_quota", message: "No." } }), "quota"],
  ],
  "its batch ended before it was got to": [
    [without("batch_expired"), "unfinished"],
    [without("batch_cancelled"), "unfinished"],
    [without("batch_canceled"), "unfinished"],
  ],
  "no response, for another reason": [
    [without("server_error"), "again"],
    [{ custom_id: "1" }, "again"],
    [{ custom_id: "1", response: null, error: "lost" }, "again"],
  ],
  "a passing status": [
    ...[0, 408, 409, 424, 425, 429, 498, 499].map((status): [Record<string, unknown>, LineMeaning] => [
      refused(status),
      "again",
    ]),
    [answered(0, ""), "again"],
    [answered(0, {}), "again"],
    [refused(429, "rate_limit_exceeded", "Rate limit reached: 100 requests. Please retry in 20 s."), "again"],
  ],
  "a fault of the provider": [
    ...[500, 502, 503, 504, 520, 529].map((status): [Record<string, unknown>, LineMeaning] => [
      refused(status),
      "again",
    ]),
    [answered(200, { error: { message: "internal failure", code: 500 } }), "again"],
    [answered(200, { error: { message: "what?" } }), "again"],
    [answered(200, null), "again"],
  ],
  "one line's key": [[refused(401, "invalid_api_key"), "again"]],
  "a model that is not there": [
    [refused(404, "model_not_found"), "fails_job"],
    [refused(400, "invalid_model"), "fails_job"],
    [refused(400, "model_mismatch"), "fails_job"],
    [refused(400, "model_not_available"), "fails_job"],
    [refused(404, null, "The model m does not exist"), "fails_job"],
  ],
  "a parameter of all requests": [
    [refused(400, "unsupported_parameter"), "fails_job"],
    [refused(400, "unsupported_value"), "fails_job"],
    [refused(400, "unknown_parameter"), "fails_job"],
  ],
  "an address that is not there, without a reason": [[refused(404, null, "Not Found"), "again"]],
  "anything else": [
    [refused(400, "invalid_prompt"), "final"],
    [refused(403, "content_policy_violation", "Your input was flagged"), "final"],
    [refused(403), "final"],
    [refused(404, "invalid_image_url"), "final"],
    [refused(413), "final"],
    [refused(422), "final"],
  ],
};

describe.each(Object.entries(LINES))("%s", (name, lines) => {
  test.each(lines)("%j", (line, means) => {
    const facts = lineFacts(line);
    expect(LINE_POLICY.find(({ holds }) => holds(facts))!.name).toBe(name);
    expect(lineMeaning(facts)).toBe(means);
  });
});

test("every rule decides on some line", () => {
  expect(LINE_POLICY.map(({ name }) => name)).toEqual(Object.keys(LINES));
});

test("whatever a line holds means something", () => {
  const line = fc.record({ response: fc.anything(), error: fc.anything() }, { requiredKeys: [] });
  fc.assert(fc.property(line, (value) => void expect(lineMeaning(lineFacts(value))).toBeTypeOf("string")));
});
