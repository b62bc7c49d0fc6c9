import { UserError } from "../../shared/errors.ts";

/** The value of a flag that a command cannot do without. @throws UserError with what is to be given */
export function requiredFlag(name: string, value: string | undefined, wayOut: string): string {
  if (value !== undefined && value !== "") return value;
  throw new UserError(`--${name} is missing: ${wayOut}.`);
}
