import {
  createBranch,
  createRepo,
  datasetInfo,
  HubApiError,
  type ListFileEntry,
  listFiles,
  whoAmI,
} from "@huggingface/hub";
import { HubHasNot } from "../../shared/datasets/hub/hub-access.ts";
import { UserError } from "../../shared/errors.ts";
import { anyOf } from "../../shared/words/any-of.ts";
import { hubWriteFetch, type WriteFetchOptions } from "./hub-write-fetch.ts";

/** A dataset repository of the hub that is written to. */
export interface HubRepository extends WriteFetchOptions {
  name: string;
  access: { endpoint: string; token: string };
}

/** What @huggingface/hub needs with every call. */
export function repositoryParams({ name, access, ...options }: HubRepository) {
  return {
    repo: { type: "dataset" as const, name },
    hubUrl: access.endpoint,
    fetch: hubWriteFetch(name, access, options),
    accessToken: access.token,
  };
}

/** @throws UserError if the token is refused, or is that of somebody who does not own the repository */
export async function requireOwner(repository: HubRepository): Promise<void> {
  const owner = repository.name.split("/")[0]!;
  const who = await whoAmI(repositoryParams(repository));
  if (who.type === "app") return;
  const names = [who.name, ...(who.type === "user" ? who.orgs.map((org) => org.name) : [])];
  if (names.includes(owner)) return;
  throw new UserError(
    `HF_TOKEN belongs to ${who.name}, who does not own ${repository.name}: name a repository of ${anyOf(names)}, e.g. --to hf:${who.name}/${repository.name.split("/")[1]}.`,
  );
}

/** Makes the repository if there is none. @throws UserError if it is to be private and is there and public */
export async function ensureRepository(repository: HubRepository, isPrivate: boolean): Promise<void> {
  const params = repositoryParams(repository);
  try {
    await createRepo({ ...params, ...(isPrivate ? { visibility: "private" as const } : {}) });
  } catch (error) {
    if (!(error instanceof HubApiError) || error.statusCode !== 409) throw error;
    if (!isPrivate) return;
    const there = await datasetInfo({ ...params, name: repository.name });
    if (there.private) return;
    throw new UserError(
      `The hub dataset ${repository.name} is there already, and public: make it private in its settings, name another one, or leave out --private.`,
    );
  }
}

/** The files of a branch, which is made where there is none. */
export async function listBranch(repository: HubRepository, branch: string): Promise<ListFileEntry[]> {
  const params = repositoryParams(repository);
  try {
    return await listAll();
  } catch (error) {
    if (!(error instanceof HubHasNot)) throw error;
    if (branch === "main") return [];
    await createBranch({ ...params, branch });
    return await listAll();
  }

  async function listAll(): Promise<ListFileEntry[]> {
    const entries: ListFileEntry[] = [];
    const asked = { ...params, revision: encodeURIComponent(branch), recursive: true };
    for await (const entry of listFiles(asked)) if (entry.type === "file") entries.push(entry);
    return entries;
  }
}
