import { readFile } from "node:fs/promises";
import { unreadable } from "../../shared/datasets/reading/file-bytes.ts";
import { UserError } from "../../shared/errors.ts";
import { gatherCardFacts } from "./card-facts.ts";
import { datasetCard } from "./dataset-card.ts";
import type { PublishedFiles } from "./published-files.ts";

export interface CardOptions {
  files: PublishedFiles;
  /** owner/name */
  repo: string;
  /** Of Assay. */
  version: string;
  /** A card of the user's own, taken as it is. */
  own?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface Card {
  /** Of the README. */
  text: string;
  /** Files that are published but are no lists of rows, each with the reason. */
  notRows: string[];
}

/** The card that is published with the files. @throws UserError naming what cannot be read */
export async function writeCard({ files, repo, version, own, signal }: CardOptions): Promise<Card> {
  if (own === undefined) {
    const facts = await gatherCardFacts(files, signal);
    const notRows = facts.files.flatMap(({ fault }) => fault ?? []);
    return { text: datasetCard(repo.split("/")[1]!, version, facts), notRows };
  }
  const text = await readFile(own, "utf8").catch((cause) => {
    throw unreadable(own, cause);
  });
  if (text.trim() === "") throw new UserError(`${own} is empty: give a card, or leave out --card.`);
  return { text, notRows: [] };
}
