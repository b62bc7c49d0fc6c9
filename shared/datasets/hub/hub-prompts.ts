import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { UserError } from "../../errors.ts";
import { type DatasetSource, resolveDataset } from "../finding/resolve-dataset.ts";
import { knownDatasets } from "./known-datasets.ts";

/** Whether a name among files of prompts means a dataset of the hub: `hf:owner/name`, or one that is known by its name. */
export function isHubPrompts(name: string): boolean {
  return name.startsWith("hf:") || knownDatasets().some(({ repo }) => repo === name);
}

export interface HubPromptsPlace {
  /** Where relative paths begin. */
  folder: string;
  split?: string | undefined;
  subset?: string | undefined;
  revision?: string | undefined;
}

/**
 * The dataset of the hub that prompts are taken from; undefined where they are files. An existing path wins over a known
 * name. @throws UserError where it is named beside others, or is no hub name, or where there is none to take a part of
 */
export async function hubPrompts(
  given: readonly string[],
  { folder, ...part }: HubPromptsPlace,
): Promise<DatasetSource | undefined> {
  const [name] = given.filter(
    (one) => isHubPrompts(one) && (one.startsWith("hf:") || !existsSync(resolve(folder, one))),
  );
  if (name === undefined) {
    const told = Object.entries(part).flatMap(([field, value]) => (value === undefined ? [] : [field]));
    if (told.length === 0) return undefined;
    throw new UserError(
      `Only a hub dataset has ${told.join(" and ")}: name one as source_file, such as hf:${knownDatasets()[0]!.repo}, or leave that out.`,
    );
  }
  if (given.length > 1)
    throw new UserError(
      `The hub dataset ${name} stands beside other prompts in source_file: give it a job of its own, with another target_dir.`,
    );
  return await resolveDataset(name.startsWith("hf:") ? name : `hf:${name}`, part);
}
