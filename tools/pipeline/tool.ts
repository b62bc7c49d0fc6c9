import type { z } from "zod";
import type { HubAccess } from "../../shared/datasets/hub/hub-access.ts";

/** What a tool works with besides its fields. */
export interface ToolContext {
  /** Aborts when what it does is not wanted any more; nothing half written stays. */
  signal: AbortSignal;
  hub: Pick<HubAccess, "endpoint" | "token">;
}

/** Counts and other small values, as a person wants to see them. */
export type ToolResult = Record<string, string | number | boolean | null>;

/**
 * Work on plain files that a stage of a pipeline does: equal fields and files give equal outputs, which appear whole or
 * not at all, so that it can be done again at any time.
 */
export interface Tool {
  /** What it may be given, under the names of the command's flags. */
  fields: z.ZodObject;
  /** Fields that name what it reads. */
  reads: readonly string[];
  /** Fields that name what it writes, and for each that may be left out how it is called then. */
  writes: Readonly<Record<string, ((stage: string) => string) | null>>;
  /** By which names later stages know what it has written. @param values checked */
  outputs(values: Record<string, unknown>): Record<string, string>;
  /** @throws UserError */
  run(values: Record<string, unknown>, context: ToolContext): Promise<ToolResult>;
}

/** A tool whose functions know the types of its fields. */
export function defineTool<Shape extends z.core.$ZodShape>(tool: {
  fields: z.ZodObject<Shape>;
  reads: readonly string[];
  writes: Readonly<Record<string, ((stage: string) => string) | null>>;
  outputs(values: z.output<z.ZodObject<Shape>>): Record<string, string>;
  run(values: z.output<z.ZodObject<Shape>>, context: ToolContext): Promise<ToolResult>;
}): Tool {
  return tool as unknown as Tool;
}
