import type { Carry } from "../calls/carry.ts";
import type { Read } from "../methods/judge-method.ts";
import { bare, labelIn, quoted, ratingValue } from "./reply-line.ts";
import type { Letter } from "./verdict.ts";
import { wholeRating } from "./whole-rating.ts";

const CHOICE = /^output \(([ab])\)\.?$/i;
const CHOICE_CHARACTERS = 40;

/**
 * The rating of one response, 1 to `top`, which is the reply's first line, bare or after "Rating:"; what stands below says
 * why. A further line that gives another rating after "Rating:" leaves a doubt, and so no rating.
 */
export function readRating(text: string, top: number): Read {
  const { first, rest } = firstLine(text);
  const rating = wholeRating(ratingValue(labelledRating(first) ?? first), top);
  if (typeof rating !== "number") return rating;
  const others = rest.split(/\r\n?|\n/).map(labelledRating);
  const other = others.find((value) => value !== undefined && ratingValue(value) !== String(rating));
  if (other !== undefined) {
    const message = `has the rating ${rating} and below it ${quoted(other)}`;
    return { fault: { reason: "invalid_rating", message } };
  }
  return { verdict: { ratings: [{ rating, ...(rest !== "" && { rationale: rest }) }] } };
}

/** What stands after "Rating:" in a line. */
function labelledRating(line: string): string | undefined {
  const label = labelIn(line);
  return label?.name === "rating" ? label.value : undefined;
}

/** The form in the words in which a judge is asked again. */
export function ratingForm(top: number): string {
  return `The first line is the rating and nothing else: a whole number from 1 to ${top}. Below it, say why.`;
}

/** Which of two is better: the first line is `Output (a)` or `Output (b)`, and no further line is the other one. */
export function readChoice({ order }: Carry, text: string): Read {
  const { first, rest } = firstLine(text);
  const letter = choiceIn(first);
  if (letter === undefined) {
    const message = `begins with the line ${quoted(first)} where "Output (a)" or "Output (b)" should stand`;
    return { fault: { reason: "no_choice", message } };
  }
  const others = rest.split(/\r\n?|\n/).map(choiceIn);
  if (others.some((other) => other !== undefined && other !== letter)) {
    return { fault: { reason: "several_choices", message: "chooses both responses" } };
  }
  const preferred = order[letter === "(a)" ? 0 : 1]!;
  return { verdict: { letter, preferred, ...(rest !== "" && { rationale: rest }) } };
}

/** The form in the words in which a judge is asked again. */
export const CHOICE_FORM =
  'The first line is "Output (a)" or "Output (b)" and nothing else. Below it, say why.';

function choiceIn(line: string): Letter | undefined {
  const whole = line.trim();
  const found = whole.length > CHOICE_CHARACTERS ? null : CHOICE.exec(bare(whole));
  return found ? (`(${found[1]!.toLowerCase()})` as Letter) : undefined;
}

/** The first line that is not blank, and all below it. */
function firstLine(text: string): { first: string; rest: string } {
  const whole = text.trim();
  const end = whole.search(/[\r\n]/);
  return end < 0 ? { first: whole, rest: "" } : { first: whole.slice(0, end), rest: whole.slice(end).trim() };
}
