import { quoted } from "./reply-line.ts";
import type { ReplyFault } from "./verdict.ts";

/** A rating, a whole number from 1 to `top` (at most 9) in plain digits; or what is wrong with it. */
export function wholeRating(text: string, top: number): number | { fault: ReplyFault } {
  if (/^-?\d{1,15}$/.test(text)) {
    const rating = Number(text);
    if (text.length === 1 && rating >= 1 && rating <= top) return rating;
    return { fault: { reason: "out_of_scale", message: `has the rating ${text}, not one from 1 to ${top}` } };
  }
  const message = `has the rating ${quoted(text)}, which is no whole number from 1 to ${top}`;
  return { fault: { reason: "invalid_rating", message } };
}
