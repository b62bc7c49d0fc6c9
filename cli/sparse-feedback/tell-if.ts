import { count } from "../amounts.ts";
import { tell } from "../terminal.ts";

/** Says on standard error how many rows something odd befell, if any. */
export function tellIf(number: number, what: string): void {
  if (number > 0) tell(`${count(number)} ${what}.`);
}
