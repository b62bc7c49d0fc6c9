/** What `import ... from "assay"` gives: docs/library.md. */
export { UserError as AssayError } from "../../shared/errors.ts";
export { generate } from "./generate.ts";
export { judge } from "./judge.ts";
export { again, several } from "./parsed.ts";
export { reannotate } from "./reannotate.ts";
export type { Answer, Progress, RowFailed, RowOut, RunOptions } from "./row-out.ts";
