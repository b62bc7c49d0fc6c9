import { counted } from "../view/amounts.ts";
import { tell } from "../view/terminal.ts";

/** Says on standard error how many rows something odd befell, if any. @param one of a single one @param more of several */
export function tellIf(number: number, one: string, more: string): void {
  if (number > 0) tell(`${counted(number, one, more)}.`);
}
