import { UserError } from "../../shared/errors.ts";

/** The number that a flag gives. @throws UserError if it is no whole number of at least `least` */
export function wholeNumber(flag: string, text: string, least: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw new UserError(`--${flag} is ${JSON.stringify(text)}: give a whole number from ${least} on.`);
}
