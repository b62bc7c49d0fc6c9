import type { z } from "zod";
import { UserError } from "../errors.ts";

/** A refinement: fields that `read` throws a UserError for are refused with its sentence. */
export function readable<Fields>(read: (fields: Fields) => unknown) {
  return (fields: Fields, context: z.core.$RefinementCtx<Fields>): void => {
    try {
      read(fields);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      context.addIssue({ code: "custom", message: error.message, path: [] });
    }
  };
}
