import { z } from "zod";

/** Which rows of which dataset, and how a source row becomes a prompt; all paths absolute. */
export const DatasetRequest = z.strictObject({
  source: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("file"), path: z.string() }),
    /** One after another; each is read by its own format and columns. */
    z.strictObject({ kind: z.literal("files"), paths: z.array(z.string()).min(1) }),
    z.strictObject({
      kind: z.literal("hub"),
      repo: z.string(),
      split: z.string().optional(),
      subset: z.string().optional(),
      revision: z.string().optional(),
    }),
  ]),
  /** e.g. `instruction=q,input=ctx,output=a` */
  columns: z.string().optional(),
  system: z.string().optional(),
  /** Template text with {column} placeholders. */
  template: z.string().optional(),
  limit: z.int().positive().optional(),
  offset: z.int().min(0).optional(),
  /** `index/count`, 1-based. */
  shard: z.string().optional(),
  skipBadRows: z.boolean().optional(),
  /** The source row stays with its prompt, for an output that holds all of its fields. */
  keepSource: z.boolean().optional(),
});
export type DatasetRequest = z.infer<typeof DatasetRequest>;
