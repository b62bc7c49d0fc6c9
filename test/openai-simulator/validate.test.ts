import { expect, test } from "vitest";
import { isApiError, validateChat } from "../../services/openai-simulator/chat/validate.ts";
import { chatBody } from "./chat-bodies.ts";

const strict = { allowUnknownParameters: false };

function faultOf(body: unknown, options = strict) {
  const outcome = validateChat(typeof body === "string" ? body : JSON.stringify(body), options);
  return isApiError(outcome) ? `${outcome.status} ${outcome.param} ${outcome.code}` : null;
}

test.each([
  ["not JSON", "{", "400 null null"],
  ["not an object", "[1]", "400 null null"],
  ["no model", { messages: [] }, "400 null null"],
  ["a model that is a number", { model: 1, messages: [] }, "400 model null"],
  ["no messages", { model: "m" }, "400 messages missing_required_parameter"],
  ["null messages", { model: "m", messages: null }, "400 messages invalid_type"],
  ["empty messages", { model: "m", messages: [] }, "400 messages empty_array"],
  [
    "a message without role",
    chatBody("", { messages: [{ content: "x" }] as never }),
    "400 messages[0].role missing_required_parameter",
  ],
  [
    "an unknown role",
    chatBody("", { messages: [{ role: "bot", content: "x" }] }),
    "400 messages[0].role invalid_value",
  ],
  [
    "null content",
    chatBody("", { messages: [{ role: "user", content: null }] }),
    "400 messages[0].content invalid_type",
  ],
  ["a temperature over 2", chatBody("x", { temperature: 2.5 }), "400 temperature decimal_above_max_value"],
  ["a temperature in quotes", chatBody("x", { temperature: "1" }), "400 temperature invalid_type"],
  ["max_tokens 0", chatBody("x", { max_tokens: 0 }), "400 max_tokens integer_below_min_value"],
  ["n 1.5", chatBody("x", { n: 1.5 }), "400 n invalid_type"],
  ["n 129", chatBody("x", { n: 129 }), "400 n integer_above_max_value"],
  ["five stops", chatBody("x", { stop: ["a", "b", "c", "d", "e"] }), "400 stop array_above_max_length"],
  ["a bias of 101", chatBody("x", { logit_bias: { "5": 101 } }), "400 logit_bias.5 decimal_above_max_value"],
  ["top_logprobs alone", chatBody("x", { top_logprobs: 2 }), "400 top_logprobs invalid_value"],
  [
    "both limits",
    chatBody("x", { max_tokens: 1, max_completion_tokens: 1 }),
    "400 max_tokens invalid_parameter_combination",
  ],
  ["streaming", chatBody("x", { stream: true }), "400 stream unsupported_value"],
  ["an unknown parameter", chatBody("x", { top_k: 5 }), "400 top_k unknown_parameter"],
  [
    "max_tokens to o3",
    chatBody("x", { model: "o3-mini", max_tokens: 5 }),
    "400 max_tokens unsupported_parameter",
  ],
  [
    "temperature to gpt-5",
    chatBody("x", { model: "gpt-5", temperature: 0.5 }),
    "400 temperature unsupported_value",
  ],
  ["top_p to o1", chatBody("x", { model: "o1", top_p: 0.5 }), "400 top_p unsupported_value"],
  [
    "logprobs to o4",
    chatBody("x", { model: "o4-mini", logprobs: true }),
    "400 logprobs unsupported_parameter",
  ],
])("%s is refused by name", (_, body, fault) => {
  expect(faultOf(body)).toBe(fault);
});

test.each([
  [
    "nulls for optional parameters",
    chatBody("x", { temperature: null, stop: null, n: null, max_tokens: null }),
  ],
  [
    "every common parameter",
    chatBody("x", {
      temperature: 0,
      top_p: 0.9,
      n: 2,
      seed: -1,
      stop: ["a"],
      logprobs: true,
      top_logprobs: 3,
      logit_bias: { "50256": -100 },
    }),
  ],
  ["parts of text", chatBody("", { messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }] })],
  ["an assistant's turn of tool calls", chatBody("", { messages: [{ role: "assistant", content: null }] })],
  [
    "the defaults of a reasoning model",
    chatBody("x", { model: "o3", temperature: 1, top_p: 1, max_completion_tokens: 9 }),
  ],
  [
    "gpt-5-chat with a temperature",
    chatBody("x", { model: "gpt-5-chat-latest", temperature: 0.5, max_tokens: 5 }),
  ],
])("%s pass", (_, body) => {
  expect(faultOf(body)).toBeNull();
});

test("unknown parameters pass where that is allowed", () => {
  expect(faultOf(chatBody("x", { top_k: 5 }), { allowUnknownParameters: true })).toBeNull();
});
