import { resolve } from "node:path";
import type { Annotator } from "../../shared/annotators/annotator.ts";
import { buildRequest } from "../../shared/annotators/request.ts";
import {
  parseReannotateMessage,
  type ReannotateMessage,
  samplingOf,
} from "../../shared/contracts/messages/reannotate-message.ts";
import { givenNames } from "../../shared/contracts/messages/sampling.ts";
import { type DatasetSource, resolveDataset } from "../../shared/datasets/finding/resolve-dataset.ts";
import { UserError } from "../../shared/errors.ts";
import type { RowsToRead } from "../estimate/prepared-sample.ts";
import { givenFields } from "../flags/job-flags.ts";
import { textOrFile } from "../flags/text-or-file.ts";
import { REANNOTATE_FLAGS } from "./reannotate-flags.ts";

const SAVE_DIR = "datasets/reannotated";
const TEMP_DIR = "datasets/temp";

/** A re-annotation as it was typed, checked as far as that can be done here. */
export interface TypedReannotation {
  /** The message's body: given fields only, paths absolute. */
  message: Record<string, unknown>;
  /** The same with defaults. */
  values: ReannotateMessage;
  /** What the dataset's name means on this machine; undefined where it means nothing here. */
  source: DatasetSource | undefined;
}

/**
 * Reads the flags of a job. @param elsewhere the system may run on another machine: a dataset that is not here may be there
 * @throws UserError in the sentences of the message's schema
 */
export async function typedReannotation(
  flags: Record<string, unknown>,
  elsewhere: boolean,
): Promise<TypedReannotation> {
  const given = givenFields(flags, REANNOTATE_FLAGS, textOrFile);
  if (given.dataset === undefined) {
    throw new UserError(
      "--dataset is missing: name a file, or a hub dataset (`assay datasets` lists known ones).",
    );
  }
  const message = {
    ...given,
    save_dir: resolve((given.save_dir as string) ?? SAVE_DIR),
    temp_dir: resolve((given.temp_dir as string) ?? TEMP_DIR),
  };
  const values = parseReannotateMessage(message);
  const { split, subset, revision } = values;
  const source = await resolveDataset(values.dataset, { split, subset, revision }).catch((error: unknown) => {
    if (elsewhere) return undefined;
    throw error;
  });
  return source?.kind === "file"
    ? { message: { ...message, dataset: source.path }, values, source }
    : { message, values, source };
}

/** What the job reads. @throws UserError where that is not on this machine */
export function rowsToRead({ source, values }: TypedReannotation): RowsToRead {
  if (source === undefined)
    throw new UserError(
      `The dataset ${values.dataset} is not on this machine, so that it cannot be read here.`,
    );
  const { columns, system, template, limit, offset, shard } = values;
  const given = { columns, system, template, limit, offset, shard };
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { request: { source, ...known, skipBadRows: values.skip_bad_rows }, tempDir: values.temp_dir };
}

/** The request body of the job but for its messages. @throws UserError for parameters that the model does not take */
export function requestOf(typed: TypedReannotation, annotator: Annotator): Record<string, unknown> {
  return buildRequest(annotator, samplingOf(typed.values), givenNames(typed.message));
}
