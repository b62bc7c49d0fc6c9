import type { Carry } from "../calls/carry.ts";
import { aspectRow } from "../methods/aspects.ts";
import type { Read } from "../methods/judge-method.ts";
import { isLikeHeader, readHeader } from "./reply-header.ts";
import { bare, labelIn, quoted, ratingValue, unwrappedValue } from "./reply-line.ts";
import type { ReplyFault, ResponseRating } from "./verdict.ts";
import { wholeRating } from "./whole-rating.ts";

const SCALE_TOP = 5;
const MOST_TYPE_CHARACTERS = 40;

/** A block's labelled lines in their order; a rationale goes on to the next label or header. */
const RATED = ["rating", "rationale"];
const TYPED = ["type", "rationale", "rating", "rationale"];

/**
 * Reads one block a text, anchored on its numbered header: `#### Output for Text 3`, then `Rating:` and `Rationale:`, or
 * `Type:`, `Rationale:`, `Rating:`, `Rationale:`. There must be a block for each number that was shown and for no other,
 * in whatever order, and each must have its lines once and in their order: so no rating can slip to another text.
 * What stands in front of the first header is not looked at.
 */
export function readRatedBlocks(carry: Carry, text: string): Read {
  try {
    const blocks = splitBlocks(text, carry.numbers);
    const ratings: ResponseRating[] = [];
    for (const [place, number] of carry.numbers.entries()) {
      ratings[carry.order[place]!] = readBlock(blocks.get(number)!, number, typesOf(carry));
    }
    return { verdict: { ratings } };
  } catch (error) {
    if (error instanceof Unreadable) return { fault: error.fault };
    throw error;
  }
}

const typesOf = ({ part }: Carry) => aspectRow(part)?.types ?? 0;

/** The form in the words in which a judge is asked again. */
export function blocksForm(carry: Carry): string {
  const lines = typesOf(carry) > 0 ? "Type:, Rationale:, Rating:, Rationale:" : "Rating:, Rationale:";
  const missing = aspectRow(carry.part)?.mayNotApply ? ", or N/A where it does not apply" : "";
  return (
    `Write one block for each of the texts ${carry.numbers.join(", ")} and nothing else: the line "#### Output for Text N" ` +
    `with the text's number for N, then ${lines} in this order, each on a line of its own. ` +
    `A rating is a whole number from 1 to ${SCALE_TOP}${missing}.`
  );
}

/** The lines of each text's block. */
function splitBlocks(text: string, numbers: readonly number[]): Map<number, string[]> {
  const blocks = new Map<number, string[]>();
  let current: string[] | undefined;
  for (const line of text.split(/\r\n?|\n/)) {
    const number = readHeader(line);
    if (number !== undefined) {
      current = openBlock(number, blocks, numbers);
    } else if (current && labelIn(line) === undefined && isLikeHeader(line)) {
      throw new Unreadable(
        "unexpected_header",
        `has the line ${quoted(line)}, which is not in the form asked`,
      );
    } else current?.push(line);
  }
  const missing = numbers.filter((number) => !blocks.has(number));
  if (missing.length === 0) return blocks;
  throw new Unreadable("missing_header", `has no block for text ${missing.join(", ")}`);
}

function openBlock(number: number, blocks: Map<number, string[]>, numbers: readonly number[]): string[] {
  if (!numbers.includes(number)) {
    throw new Unreadable("unexpected_header", `has a block for text ${number}, which was not shown`);
  }
  if (blocks.has(number)) {
    throw new Unreadable("repeated_header", `has more than one block for text ${number}`);
  }
  const lines: string[] = [];
  blocks.set(number, lines);
  return lines;
}

function readBlock(lines: readonly string[], number: number, types: number): ResponseRating {
  const where = `for text ${number}`;
  const values = labelledValues(lines, where, types === 0 ? RATED : TYPED);
  if (types === 0) return { rating: readRating(values[0]!, where), rationale: values[1]! };
  return {
    rating: readRating(values[2]!, where),
    rationale: values[3]!,
    types: readTypes(values[0]!, types, where),
    type_rationale: values[1]!,
  };
}

function labelledValues(lines: readonly string[], where: string, form: readonly string[]): string[] {
  const values: string[][] = [];
  for (const line of lines) {
    const label = labelIn(line);
    const isEmpty = bare(line) === "";
    if (label) {
      if (label.name !== form[values.length]) {
        throw new Unreadable("unexpected_line", `has a "${capital(label.name)}:" ${where} that is not due`);
      }
      values.push([label.value]);
    } else if (form[values.length - 1] === "rationale") values.at(-1)!.push(isEmpty ? "" : line);
    else if (!isEmpty) {
      throw new Unreadable("unexpected_line", `has the line ${quoted(line)} ${where}, which is not due`);
    }
  }
  const whole = values.map((value) => value.join("\n").trim());
  const missing = form.find((_, at) => (whole[at] ?? "") === "");
  if (missing === undefined) return whole;
  throw new Unreadable("missing_line", `has no "${capital(missing)}:" ${where}, or an empty one`);
}

function readRating(value: string, where: string): number | null {
  const text = ratingValue(value);
  if (/^n\/a$/i.test(text)) return null;
  const rating = wholeRating(text, SCALE_TOP);
  if (typeof rating === "number") return rating;
  throw new Unreadable(rating.fault.reason, `${rating.fault.message}, ${where}`);
}

function readTypes(value: string, most: number, where: string): number[] {
  const text = unwrappedValue(value);
  if (/^(?:none|n\/a)$/i.test(text)) return [];
  const types = text.length > MOST_TYPE_CHARACTERS ? [] : text.split(",").map((one) => one.trim());
  if (types.length > 0 && types.every((one) => /^\d$/.test(one) && Number(one) >= 1 && Number(one) <= most)) {
    return [...new Set(types.map(Number))].sort();
  }
  throw new Unreadable(
    "invalid_type",
    `has the type ${quoted(text)} ${where}, which is neither numbers from 1 to ${most} nor None`,
  );
}

const capital = (name: string) => name[0]!.toUpperCase() + name.slice(1);

/** Thrown and caught in this file only. */
class Unreadable extends Error {
  readonly fault: ReplyFault;
  constructor(reason: ReplyFault["reason"], message: string) {
    super(message);
    this.fault = { reason, message };
  }
}
