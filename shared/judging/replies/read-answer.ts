import { isNestedDeeper } from "../../datasets/json/json-depth.ts";
import type { Carry } from "../calls/carry.ts";
import type { Read } from "../methods/judge-method.ts";
import { answerFault } from "./answer-schema.ts";
import { quoted } from "./reply-line.ts";

/** An answer is stored and shown: what is nested deeper was not meant to be read. */
const DEEPEST = 100;

/** Reads a JSON answer, alone or in one Markdown fence, and checks it by the schema that it was asked by. */
export function readAnswer({ schema = {} }: Carry, text: string): Read {
  const json = withoutFence(text.trim());
  if (isNestedDeeper(json, DEEPEST)) {
    return { fault: { reason: "invalid_json", message: `is nested more than ${DEEPEST} deep` } };
  }
  let answer: unknown;
  try {
    answer = JSON.parse(json);
  } catch {
    return {
      fault: { reason: "invalid_json", message: `is not valid JSON: it begins with ${quoted(json)}` },
    };
  }
  const wrong = answerFault(schema, answer);
  if (wrong === undefined) return { verdict: { answer } };
  return { fault: { reason: "schema_mismatch", message: `breaks the schema of the answer: ${wrong}` } };
}

/** The form in the words in which a judge is asked again. */
export function answerForm({ schema = {} }: Carry): string {
  return `Write JSON and nothing else, in this JSON schema: ${JSON.stringify(schema)}`;
}

function withoutFence(text: string): string {
  if (!text.startsWith("```") || !text.endsWith("```")) return text;
  const begin = text.indexOf("\n");
  return begin < 0 ? text : text.slice(begin + 1, Math.max(text.length - 3, begin + 1));
}
