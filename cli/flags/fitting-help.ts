import { type Command, Help } from "commander";

/** Wider than that a column of flags leaves no room for what they mean. */
const MOST_TERM_COLUMNS = 30;
const MARGIN = "  ";

/** Help that fits the terminal: what a long flag means stands on the line below it. */
export class FittingHelp extends Help {
  override padWidth(command: Command, helper: Help): number {
    return Math.min(super.padWidth(command, helper), MOST_TERM_COLUMNS);
  }

  override formatItem(term: string, termWidth: number, description: string, helper: Help): string {
    if (helper.displayWidth(term) <= termWidth || !description) {
      return super.formatItem(term, termWidth, description, helper);
    }
    return `${MARGIN}${term}\n${super.formatItem("", termWidth, description, helper)}`;
  }
}
