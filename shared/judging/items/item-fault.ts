import { columnsOf } from "../../datasets/prompt-template.ts";
import type { Fault } from "../../datasets/source-row.ts";
import { partsOf } from "../calls/parts.ts";
import type { Judging } from "../judging.ts";
import { piecesOf } from "../templates/judge-template.ts";
import type { Item } from "./item.ts";

/** Placeholders that Assay fills in itself; others are members of the row. */
const OWN = ["instruction", "input", "texts", "numbers", "response", "response_a", "response_b"];

/** Why an item cannot be judged so, if it cannot; `message` goes on from its place. */
export function itemFault(judging: Judging, item: Item): Fault | undefined {
  const parts = partsOf(judging, item);
  if (parts.length === 0) {
    return {
      reason: "unknown_aspect",
      message: `is about the aspect ${item.aspects?.join(", ")}, not one to judge`,
    };
  }
  const without = judging.useText ? parts.find((part) => item.texts?.[part] === undefined) : undefined;
  if (without !== undefined) {
    return { reason: "no_text", message: `has no "text" that asks for ${without}, as --use_text needs` };
  }
  return judging.method === "custom" ? placeholderFault(judging, item) : undefined;
}

/** A user's template shows one response, two, or all; nothing may be left out of sight. */
function placeholderFault(judging: Judging, item: Item): Fault | undefined {
  const placed = columnsOf(piecesOf(judging.templates.custom!));
  const count = item.responses.length;
  const most = placed.includes("texts") ? count : placed.includes("response_a") ? 2 : 1;
  if (count !== most) {
    return {
      reason: "wrong_response_count",
      message: `has ${count} responses where the template shows ${most}: use {texts} for any number of them`,
    };
  }
  const known = (name: string) =>
    OWN.includes(name) ||
    (name === "reference" ? item.reference !== undefined : Object.hasOwn(item.extra, name));
  const missing = placed.find((name) => !known(name));
  if (missing === undefined) return undefined;
  return { reason: "missing_column", message: `has no "${missing}", which the template names` };
}
