import type { Fault } from "../../datasets/reading/source-row.ts";
import { RowFault } from "../../datasets/recipes/row-fault.ts";
import { UserError } from "../../errors.ts";
import type { Judging } from "../judging.ts";
import type { Aspect } from "../methods/aspects.ts";
import { METHOD_TABLE } from "../methods/method-table.ts";
import type { Item } from "./item.ts";
import type { ItemColumns } from "./item-columns.ts";
import { type ItemInRowOptions, itemInRow } from "./item-in-row.ts";
import { itemRows } from "./item-rows.ts";
import { mixFiles, mixRows } from "./mix-folder.ts";

export interface ReadItemsOptions {
  idColumn?: string | undefined;
  /** Columns that the user names for what is in them. */
  columns?: ItemColumns | undefined;
  /** Of `pairwise`: the model whose response is the reference, where a row has several models' responses. */
  referenceModel?: string | undefined;
  /** Items that cannot be judged keep their number, and their place is not an error. */
  skipBadRows?: boolean | undefined;
  /** Keep the texts of a mix with its items, also where they are not sent. */
  keepTexts?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/** An item, or why there is none; numbered from 0 in the order of the file. */
export type NumberedItem = { number: number } & ({ item: Item } | { bad: Fault });

/**
 * The items of a file of any form that FORMATS lists, or of a folder of a mix, one by one. A row of several responses
 * gives several items where the method judges one or two at a time.
 * @throws UserError at the first item that cannot be judged, unless those are skipped; if there is none that can
 */
export async function* readItems(
  path: string,
  judging: Judging,
  options: ReadItemsOptions = {},
): AsyncGenerator<NumberedItem> {
  let number = 0;
  let usable = 0;
  let firstFault: string | undefined;
  for await (const { place, ...read } of itemsOrFaults(path, judging, options)) {
    if ("item" in read) {
      usable += 1;
      yield { number: number++, item: read.item };
      continue;
    }
    const sentence = `${place} ${read.fault.message}`;
    if (!options.skipBadRows) {
      throw new UserError(`${sentence}: mend or remove it, or leave such rows out with --skip_bad_rows.`);
    }
    firstFault ??= sentence;
    yield { number: number++, bad: { reason: read.fault.reason, message: `${sentence}.` } };
  }
  if (number === 0) throw new UserError(`${path} holds no rows: give a file that has some.`);
  if (usable === 0) throw new UserError(`${path} has no row that can be judged: ${firstFault}.`);
}

type ItemOrFault = { place: string } & ({ item: Item } | { fault: Fault });

async function* itemsOrFaults(
  path: string,
  judging: Judging,
  { idColumn, columns, referenceModel, keepTexts = judging.useText, signal }: ReadItemsOptions,
): AsyncGenerator<ItemOrFault> {
  const method = METHOD_TABLE[judging.method];
  const inRow = { idColumn, columns, referenceModel, keepTexts, needsReference: method.needsReference };
  const files = mixFiles(path);
  const rows = files
    ? mixRows(files, signal)
    : itemRows(path, { headerless: method.headerless ?? undefined, named: columns }, signal);
  let number = 0;
  for await (const read of rows) {
    const place = read.place;
    if ("fault" in read) yield read;
    else for (const made of itemsOf(judging, () => itemOf(read, number, inRow))) yield { place, ...made };
    number += 1;
  }
}

function itemOf(
  read: { row: Record<string, unknown> } | { rows: Map<Aspect, Record<string, unknown>> },
  number: number,
  options: ItemInRowOptions,
): Item {
  if ("row" in read) return itemInRow(read.row, number, options);
  const items = [...read.rows.values()].map((row) => itemInRow(row, number, options));
  const texts = options.keepTexts ? Object.assign({}, ...items.map((item) => item.texts)) : undefined;
  return { ...items[0]!, aspects: [...read.rows.keys()], ...(texts && { texts }) };
}

/** What a row gives: its items, each of which can be judged, or why there is none. */
function itemsOf(judging: Judging, read: () => Item): ({ item: Item } | { fault: Fault })[] {
  const { split, itemFault } = METHOD_TABLE[judging.method];
  try {
    return split(read()).map((item) => {
      const fault = itemFault(judging, item);
      return fault ? { fault } : { item };
    });
  } catch (error) {
    if (error instanceof RowFault) return [{ fault: error.fault }];
    throw error;
  }
}
