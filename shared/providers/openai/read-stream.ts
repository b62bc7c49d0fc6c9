import { isObject } from "../json-values.ts";

type Members = Record<string, unknown>;

/** Texts that come in pieces. */
const IN_PIECES = ["content", "reasoning_content", "reasoning", "refusal"];

/**
 * The chat completion that a stream of server-sent events makes: pieces of each choice are put together, usage and
 * errors kept as they come. A stream that ends before its last event is none. @throws SyntaxError
 */
export function readStream(text: string): unknown {
  const whole: Members = { choices: [] };
  const choices = new Map<number, Members>();
  let isOver = false;
  for (const data of eventsOf(text)) {
    if (data === "[DONE]") {
      isOver = true;
      break;
    }
    const event = JSON.parse(data) as unknown;
    if (!isObject(event)) continue;
    for (const name of ["id", "model", "usage", "error"])
      if (event[name] !== undefined && event[name] !== null) whole[name] = event[name];
    for (const piece of Array.isArray(event.choices) ? event.choices : [])
      if (isObject(piece)) addPiece(choices, piece);
  }
  const ended = [...choices.values()].every(({ finish_reason }) => typeof finish_reason === "string");
  if (!isOver && !(choices.size > 0 && ended) && whole.error === undefined)
    throw new SyntaxError("a stream of events ends before its answer does");
  // An error without a choice is an error, and no completion without choices.
  if (choices.size === 0 && whole.error !== undefined) return { error: whole.error };
  return { ...whole, choices: [...choices.values()] };
}

/** The data of each event; its lines belong together. */
function* eventsOf(text: string): Generator<string> {
  for (const event of text.split(/\r?\n\r?\n/)) {
    const lines = event.split(/\r?\n/).filter((line) => line.startsWith("data:"));
    if (lines.length > 0) yield lines.map((line) => line.slice("data:".length).trimStart()).join("\n");
  }
}

function addPiece(choices: Map<number, Members>, piece: Members): void {
  const index = typeof piece.index === "number" ? piece.index : 0;
  const before = choices.get(index) ?? {
    index,
    message: { role: "assistant", content: null },
    finish_reason: null,
  };
  choices.set(index, before);
  const message = before.message as Members;
  // Some send the whole message in a last event.
  const delta = isObject(piece.delta) ? piece.delta : isObject(piece.message) ? piece.message : {};
  for (const name of IN_PIECES)
    if (typeof delta[name] === "string")
      message[name] = `${(message[name] as string | null) ?? ""}${delta[name]}`;
  for (const call of Array.isArray(delta.tool_calls) ? delta.tool_calls : [])
    if (isObject(call)) addCall(message, call);
  if (typeof piece.text === "string")
    message.content = `${(message.content as string | null) ?? ""}${piece.text}`;
  if (piece.finish_reason != null) before.finish_reason = piece.finish_reason;
  if (piece.error !== undefined) before.error = piece.error;
  if (isObject(piece.logprobs)) before.logprobs = joined(before.logprobs, piece.logprobs);
}

/** Calls of tools come with a number, and their arguments in pieces. */
function addCall(message: Members, piece: Members): void {
  const calls = (message.tool_calls ?? []) as Members[];
  message.tool_calls = calls;
  const at = typeof piece.index === "number" ? piece.index : calls.length;
  const { index: _, function: called, ...rest } = piece;
  const before = calls[at] ?? {};
  const old = isObject(before.function) ? before.function : {};
  const fresh = isObject(called) ? called : {};
  const text = `${typeof old.arguments === "string" ? old.arguments : ""}${typeof fresh.arguments === "string" ? fresh.arguments : ""}`;
  calls[at] = { ...before, ...rest, function: { ...old, ...fresh, arguments: text } };
}

function joined(before: unknown, piece: Members): Members {
  const known = isObject(before) ? before : {};
  const lists = Object.entries(piece).map(([name, value]) => [
    name,
    Array.isArray(value) && Array.isArray(known[name]) ? [...known[name], ...value] : (value ?? known[name]),
  ]);
  return { ...known, ...Object.fromEntries(lists) };
}
