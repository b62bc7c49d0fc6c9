import { alpacaPrompt } from "../../shared/prompts/alpaca.ts";
import { asAlpaca } from "../sparse-feedback/row-prompt.ts";

/** A prompt as one text that is the same whether a file has it in two columns or as the Alpaca prompt already. */
export function promptText(instruction: string, input: string): string {
  return input === "" ? asAlpaca(instruction) : alpacaPrompt(instruction, input);
}
