import { METHODS } from "../../contracts/messages/judge-methods.ts";

/** Whether a template is named that is Assay's own, and no path. */
export function isOwnTemplate(given: string): boolean {
  return METHODS.some((method) => method === given);
}
